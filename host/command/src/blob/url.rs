//! `ossicle blob url`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::blobs::Session;
use crate::terminal::Format;
use crate::terminal::output;
use clap::Args;
use ossicle::{CredentialSource, ExposeSecret, UrlMethod};
use ossicle_terms::sentence;
use serde_json::json;
use std::time::Duration;

/// How long OSS is waited for to tell the time. A URL can be signed without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Print a URL by which anyone can read a file for a while, with no access key
///
/// It is a secret for as long as it holds, and goes to standard output alone. Whether the file is there is not looked at. It
/// is signed with OSS's own time, which one request asks for, and ends with the temporary credentials that sign it.
#[derive(Debug, Args)]
pub struct Url {
    /// The path
    path: String,
    /// For a HEAD request instead of a GET
    #[arg(long)]
    head: bool,
    /// How long it holds, such as 90s, 2h or 7d, which is the longest with Signature Version 4
    #[arg(long, value_name = "TIME", value_parser = ossicle::parse_duration, default_value = "20m")]
    expires: Duration,
}

/// Prints it.
pub async fn run(url: Url, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Url { path, head, expires } = url;
    let storage = session.open().await?;
    let method = if head { UrlMethod::Head } else { UrlMethod::Get };
    // Whatever OSS answers tells the time.
    match tokio::time::timeout(PATIENCE, storage.blobs.check()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "asked for the time"),
        Err(_) => tracing::debug!("asked for the time in vain"),
    }
    let signed = storage.blobs.url(&path, method, Some(expires)).await;
    let signed = signed.map_err(|error| storage.call_error(Action::Sign, &path, error))?;
    if signed.holds_for < expires {
        output::warn(&sentence::url_ends_early(signed.holds_for));
    }
    if matches!(&storage.blobs.tenant().config().credentials, CredentialSource::Fixed(key) if key.security_token.is_some())
    {
        output::warn(sentence::URL_ENDS_WITH_TOKEN);
    }
    if !signed.time_is_known {
        output::warn(sentence::URL_BY_OWN_CLOCK);
    }
    let url = signed.url.expose_secret();
    if format.json {
        output::json(&json!({ "path": path, "url": url, "expires": signed.holds_for.as_secs() }))?;
    } else {
        output::bytes(format!("{url}\n").as_bytes())?;
    }
    Ok(Exit::Success)
}
