//! What may help with a call that failed: most of all, where the settings came from that OSS did not like.

use crate::foreign::{command, quoted};
use crate::settings::{Field, Settings};
use crate::trouble::Action;
use ossicle::{Error, ErrorKind};

/// What may help.
pub fn of(settings: &Settings, action: Action, key: &str, error: &Error) -> Vec<String> {
    let mut hints = Vec::new();
    let origin = |field| settings.origin(field).map(ToString::to_string);
    match error.kind() {
        Some(ErrorKind::NotFound) => hints.extend(nearby(action, key)),
        Some(ErrorKind::AccessDenied) => {
            if let Some(origin) = origin(Field::AccessKeyId) {
                hints.push(format!("the access key came from {origin}"));
            }
        }
        Some(ErrorKind::NoSuchBucket) => {
            if let Some(origin) = origin(Field::Bucket) {
                hints.push(format!("the bucket's name {} came from {origin}", quoted(&settings.config.bucket)));
            }
        }
        Some(ErrorKind::Unavailable | ErrorKind::TimedOut) => {
            let from = origin(Field::Endpoint).or_else(|| origin(Field::Region));
            hints.push(match from {
                Some(from) => format!("requests go to the {}, by {from}", settings.config),
                None => format!("requests go to the {}", settings.config),
            });
        }
        _ => {}
    }
    if action.is_change() && error.may_have_happened() {
        hints.push(format!("it may have taken effect all the same; to {} it again does no harm", action.name()));
    }
    hints
}

/// Where a person would look next.
fn nearby(action: Action, key: &str) -> Option<String> {
    if action == Action::List && key.is_empty() {
        return None;
    }
    match key.trim_end_matches('/').rsplit_once('/') {
        Some((parent, _)) if !parent.is_empty() => {
            Some(format!("what is near it: {}", command("ossicle cert ls", &[parent])))
        }
        _ => Some("what is there: ossicle cert ls".to_owned()),
    }
}
