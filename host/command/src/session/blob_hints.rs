//! What may help with a call for blobs that failed.

use super::hints::Around;
use crate::error::Action;
use crate::terminal::foreign::{command, quoted};
use ossicle::{BlobError, Error, ErrorKind};

/// What may help.
pub fn of(around: &Around<'_>, action: Action, path: &str, error: &BlobError) -> Vec<String> {
    let mut hints: Vec<String> = error.error().map(|error| around.hints(error)).unwrap_or_default();
    match error.kind() {
        Some(ErrorKind::NotFound) => hints.extend(nearby(path)),
        Some(ErrorKind::InvalidKey) => {
            hints.push("a path is / and a name of letters, digits, ., _ and -, as often as one likes".to_owned());
        }
        _ => {}
    }
    for cause in &error.causes {
        if let Some(id) = &cause.upload_id {
            let remove = command("ossicle blob uploads --older-than 0s --remove", &[path]);
            hints.push(format!("the upload {} is still there; to remove it: {remove}", quoted(id)));
        }
    }
    if action == Action::Move && error.error().is_some_and(Error::may_have_happened) {
        hints.push("it may have taken effect all the same: look before it is done again".to_owned());
    }
    hints
}

/// Where a person would look next.
fn nearby(path: &str) -> Option<String> {
    let (parent, _) = path.rsplit_once('/')?;
    Some(format!("what is near it: {}", command("ossicle blob ls", &[if parent.is_empty() { "/" } else { parent }])))
}
