//! RestoreObject and CleanRestoredObject: archived objects are read only after they were restored, for some days.

use http::{HeaderName, StatusCode};

use super::{get_object, settings};
use crate::call::{Call, Halt};
use crate::failures::Failure;
use crate::reply::Reply;
use crate::store::Restoration;
use crate::xml::Element;

/// How long restoring takes. OSS needs a minute for Archive and hours for the others; whoever tests wants to see it under
/// way and not wait.
const SECONDS: i64 = 3;
const DAY: i64 = 24 * 3600;
const PRIORITY: HeaderName = HeaderName::from_static("x-oss-object-restore-priority");

pub(crate) async fn restore(call: &mut Call) -> Result<Reply, Halt> {
    let text = settings::document(call).await?;
    let found = get_object::find(call)?;
    let content = found.content()?;
    let (days, tier) = wanted(&text, content.metadata.class())?;
    let now = call.now;
    let mut status = StatusCode::ACCEPTED;
    let mut next = Restoration { ready: now + SECONDS, expires: now + SECONDS + days * DAY };
    match &content.metadata.restoration {
        Some(earlier) if earlier.is_ongoing(now) => return Err(in_progress().into()),
        Some(earlier) if earlier.is_restored(now) => {
            status = StatusCode::OK;
            next = Restoration { ready: earlier.ready, expires: now + days * DAY };
        }
        _ => {}
    }
    let version = found.version.clone();
    found.bucket.amend(call.key()?, &version, |metadata| metadata.restoration = Some(next))?;
    let mut reply = Reply::new(status).version(found.bucket.versioning(), &version);
    if let Some(tier) = tier {
        reply.set(PRIORITY, tier);
    }
    Ok(reply)
}

/// For how many days, and with which priority, which Archive knows none of. (OSS documentation: RestoreObject.)
fn wanted(text: &str, class: &str) -> Result<(i64, Option<&'static str>), Failure> {
    let most = match class {
        "Archive" => 7,
        "ColdArchive" | "DeepColdArchive" => 365,
        _ => return Err(not_supported()),
    };
    let root = if text.trim().is_empty() { None } else { Some(settings::parse(text, "RestoreRequest")?) };
    let days = match root.as_ref().and_then(|root| root.value("Days")) {
        None => 1,
        Some(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|days| (1..=most).contains(days))
            .ok_or_else(|| Failure::argument("The number of days is out of range.", "", "Days", text))?,
    };
    let parameters = root.as_ref().and_then(|root| root.child("JobParameters"));
    if class == "Archive" {
        // (oss2's `test_restore_archive_object_with_job_parameters`.)
        return if parameters.is_some() { Err(settings::malformed()) } else { Ok((days, None)) };
    }
    let tier = parameters.and_then(|it: &Element| it.value("Tier"));
    let Some(tier) = tier else { return Ok((days, Some("Standard"))) };
    let chosen = ["Expedited", "Standard", "Bulk"].into_iter().find(|known| *known == tier);
    let chosen = chosen.ok_or_else(|| Failure::argument("The tier is not one of those allowed.", "", "Tier", tier))?;
    Ok((days, Some(chosen)))
}

/// Ends the time for which a restored object can be read. (OSS documentation: the pages of the two ECs.)
pub(crate) fn clean(call: &Call) -> Result<Reply, Failure> {
    let found = get_object::find(call)?;
    let content = found.content()?;
    if !content.metadata.is_archived() {
        return Err(not_supported());
    }
    let refused = |code, message, ec| Err(Failure::new(StatusCode::CONFLICT, code, message, ec));
    match &content.metadata.restoration {
        Some(it) if it.is_restored(call.now) => {}
        Some(it) if it.is_ongoing(call.now) => {
            let message = "The archive file's restore is not finished.";
            return refused("ArchiveRestoreNotFinished", message, "0016-00000719");
        }
        _ => {
            let message = "The archive file or restore info stale";
            return refused("ArchiveRestoreFileStale", message, "0016-00000718");
        }
    }
    found.bucket.amend(call.key()?, &found.version, |metadata| metadata.restoration = None)?;
    Ok(Reply::ok())
}

/// The service names an EC (Go v2's `TestRestoreObject`), but no page tells which: this one is the emulator's.
fn in_progress() -> Failure {
    let message = "The restore operation is in progress.";
    Failure::new(StatusCode::CONFLICT, "RestoreAlreadyInProgress", message, "0016-00000718")
}

fn not_supported() -> Failure {
    let message = "The operation is not supported for this resource";
    Failure::new(StatusCode::BAD_REQUEST, "OperationNotSupported", message, "0016-00000702")
}
