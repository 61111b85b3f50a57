//! Foreign text: keys, paths, ids and messages, which come from a bucket, from a server or from whoever named a file. Here it
//! is decided how they are shown.
//!
//! | what and where | on a terminal | in a pipe or a file |
//! |---|---|---|
//! | data on standard output | what steers a terminal is escaped, `\u{1b}` | as it is, byte by byte |
//! | a report on standard error | escaped | escaped: a log takes each line for a statement |
//! | JSON | escaped as JSON has it, `\u001b`: the same value | the same |
//! | a command in a hint | quoted for the shell | the same |

use super::output;
use os_display::Quotable;
use ossicle_guest::foreign_text::is_invisible as misleads;
use ossicle_terms::foreign::escaped;
use std::borrow::Cow;
use std::fmt::Write;

pub use ossicle_terms::foreign::{quoted, shown};

/// Data, for standard output.
pub fn data(text: &str) -> Cow<'_, str> {
    if output::is_watched() { shown(text) } else { Cow::Borrowed(text) }
}

/// A command to run, with names as its last arguments: as it can be given to a shell.
pub fn command(words: &str, names: &[&str]) -> String {
    let mut command = words.to_owned();
    // What begins with a hyphen would be taken for a flag.
    if names.iter().any(|name| name.starts_with('-')) {
        command.push_str(" --");
    }
    for name in names {
        command.push(' ');
        command.push_str(&argument(name));
    }
    command
}

/// An argument as it can be given to a shell.
pub fn argument(text: &str) -> String {
    text.maybe_quote().to_string()
}

/// Text for a terminal that may have Ossicle's own colours and ends of lines: nothing else in it can steer the terminal.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut kept = String::new();
    while let Some(at) = rest.find(|c: char| c != '\n' && misleads(c)) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let colour = colour(from);
        if colour > 0 {
            kept.push_str(&from[..colour]);
            rest = &from[colour..];
        } else {
            let mut letters = from.chars();
            kept.extend(letters.next().into_iter().flat_map(char::escape_unicode));
            rest = letters.as_str();
        }
    }
    if kept.is_empty() && rest.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(kept + rest) }
}

/// The length of the sequence for a colour that a text begins with (ECMA-48, SGR: `ESC [ 1 ; 31 m`), or 0.
fn colour(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(rest.len());
    if rest[end..].starts_with('m') { 2 + end + 1 } else { 0 }
}

/// A JSON document whose strings hold no letter that steers a terminal: these are escaped, which leaves each value as it is.
pub fn json(document: &str) -> Cow<'_, str> {
    escaped(document, |c, into| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(into, "\\u{unit:04x}");
        }
    })
}

/// Whether bytes can go to a terminal as they are.
pub fn is_plain(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(|c| matches!(c, '\n' | '\r' | '\t') || !misleads(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_not_plain() {
        assert!(is_plain(b"-----BEGIN\r\n\tx\n"));
        assert!(!is_plain(b"\x1b[2J") && !is_plain(&[0xff, 0xfe]) && !is_plain(b"\0"));
    }

    #[test]
    fn a_terminal_gets_colours_and_lines_and_nothing_else() {
        let coloured = "\u{1b}[1m\u{1b}[31merror\u{1b}[0m: no\nhint\u{1b}[m\n";
        assert_eq!(for_terminal(coloured), coloured);
        assert_eq!(for_terminal("a\u{1b}]0;title\u{7}\u{1b}[2J\u{1b}["), "a\\u{1b}]0;title\\u{7}\\u{1b}[2J\\u{1b}[");
        assert_eq!(for_terminal("\u{1b}"), "\\u{1b}");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = "\u{1b}\u{7f}\u{9b}\u{202e}\u{feff}例\"";
        let document = serde_json::to_string(value).unwrap();
        let escaped = json(&document);
        assert!(!escaped.chars().any(misleads), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), value);
    }

    #[test]
    fn commands_are_quoted_for_a_shell() {
        assert_eq!(command("ossicle cert ls", &["sites/a.crt"]), "ossicle cert ls sites/a.crt");
        assert_eq!(command("ossicle cert ls", &["it's; rm -rf ~"]), "ossicle cert ls \"it's; rm -rf ~\"");
        assert_eq!(command("ossicle cert ls", &["$(reboot)"]), "ossicle cert ls '$(reboot)'");
        assert_eq!(command("ossicle cert ls", &["-l", "a"]), "ossicle cert ls -- -l a");
        assert_eq!(command("ossicle cert ls", &[""]), "ossicle cert ls ''");
        assert!(!command("x", &["a\u{1b}b\u{9b}\u{202e}"]).chars().any(misleads));
    }
}
