//! The sentences that tell what was done, or why it was not. Text of others in them is quoted or, where it was made ready for
//! standard output (`shown`), as it is.

use crate::Action;
use crate::foreign::{quoted, shown};
use crate::text::{size, whole_span};
use std::fmt::Display;
use std::time::Duration;

/// How standard input is named.
pub const STANDARD_INPUT: &str = "standard input";

/// What follows a refusal to remove a directory.
pub const RECURSIVE_HINT: &str = "use -r to remove the directory and everything below it";

/// What follows a refusal to store nothing.
pub const ALLOW_EMPTY_HINT: &str = "use --allow-empty to store it all the same";

/// `can't load "sites/a.crt": not found`. An empty key is the whole storage where it is listed.
pub fn failed(action: Action, key: &str, reason: impl Display) -> String {
    let place = if action == Action::List && key.is_empty() { "the storage".to_owned() } else { quoted(key) };
    format!("can't {} {place}: {reason}", action.verb())
}

/// Somebody else has the lock; who, where that is known: the owner, the token, and for how long.
pub fn held(name: &str, holder: Option<(&str, u64, Duration)>) -> String {
    let by = holder.map_or_else(String::new, |(owner, token, remaining)| {
        format!(" by {} with token {token}, for {} s unless it renews", shown(owner), remaining.as_secs())
    });
    format!("the lock {} is held{by}", quoted(name))
}

/// What is to be removed is a directory.
pub fn directory(key: &str) -> String {
    format!("{} is a directory: it would be removed with everything below it", quoted(key))
}

/// What is to be stored can't be read.
pub fn unreadable(name: &str, error: impl Display) -> String {
    format!("can't read {name}: {error}")
}

/// What is to be stored is nothing.
pub fn empty(name: &str, key: &str) -> String {
    format!("{name} is empty, and so would be the value of {}", quoted(key))
}

/// What is to be stored is larger than a value may be.
pub fn too_large(name: &str, limit: u64) -> String {
    format!("{name} is larger than a value may be ({})", size(limit))
}

/// A file or value was stored.
pub fn stored(shown: &str, bytes: u64) -> String {
    format!("stored {shown} ({})\n", size(bytes))
}

/// Something was removed, or there was nothing to remove.
pub fn removed(shown: &str, removed: bool) -> String {
    let what = if removed { "removed" } else { "nothing to remove:" };
    format!("{what} {shown}\n")
}

/// A file was copied or moved.
pub fn relocated(action: Action, source: &str, destination: &str) -> String {
    let what = if action == Action::Copy { "copied" } else { "moved" };
    format!("{what} {source} to {destination}\n")
}

/// A lock was broken, or there was nothing to break.
pub fn broke(shown: &str, broken: bool) -> String {
    if broken { format!("broke {shown}\n") } else { format!("nothing to break: {shown} is free\n") }
}

/// Objects that a listing leaves out.
pub fn left_out(count: u64) -> String {
    format!("{count} left out: no key can name them")
}

/// What came of re-encrypting.
pub fn reencrypted(from_clear: u64, from_another_key: u64, current: u64) -> String {
    format!(
        "sealed with the primary key: {from_clear} that were in clear, {from_another_key} of another key; {current} were \
         already\n"
    )
}

/// A URL holds for less time than was asked.
pub fn url_ends_early(holds_for: Duration) -> String {
    let span = whole_span(holds_for);
    format!("the URL holds for {span} only: then the temporary credentials end that it is signed with")
}

/// A URL was signed with a security token that was given without its end.
pub const URL_ENDS_WITH_TOKEN: &str =
    "the URL ends with the security token that it is signed with, and when that ends is not known";

/// A URL was signed by this machine's clock.
pub const URL_BY_OWN_CLOCK: &str =
    "OSS could not be asked for the time: if this machine's clock is wrong, the URL holds for less or longer";

/// Names and values, one pair on a line, the values behind a column of this width. `styled` is for a terminal's colours.
pub fn columns<S: Display>(lines: &[(&str, String)], width: usize, styled: impl Fn(String) -> S) -> String {
    lines.iter().map(|(name, value)| format!("{} {value}\n", styled(format!("{name:<width$}")))).collect()
}
