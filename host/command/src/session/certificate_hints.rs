//! What may help with a call for certificates or locks that failed.

use super::hints::Around;
use crate::error::Action;
use crate::terminal::foreign::command;
use ossicle::{Error, ErrorKind};

/// What may help.
pub fn of(around: &Around<'_>, action: Action, key: &str, error: &Error) -> Vec<String> {
    let mut hints = around.hints(error);
    if error.kind() == Some(ErrorKind::NotFound) {
        hints.extend(nearby(action, key));
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
