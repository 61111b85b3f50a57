//! Standard output and error: in colour where there is a terminal that wants it, plain everywhere else.

use crate::trouble::Trouble;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// What matters most.
pub const STRONG: Style = Style::new().bold();
/// What is there for those who look closer.
pub const FAINT: Style = Style::new().dimmed();
/// What came out right.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What did not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What should be known.
pub const NOTE: Style = AnsiColor::Yellow.on_default().bold();
/// Names: operations, directories.
pub const NAME: Style = AnsiColor::Cyan.on_default();

/// Text in a style. What is no terminal gets it without.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints text that may be styled.
pub fn print(text: &str) -> Result<(), Trouble> {
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Prints bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), Trouble> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Prints one JSON document, on one line.
pub fn json(value: &impl Serialize) -> Result<(), Trouble> {
    let mut text = serde_json::to_string(value).map_err(|error| Trouble::Output(error.into()))?;
    text.push('\n');
    bytes(text.as_bytes())
}

/// Prints a line on standard error, which may be styled. Who closed it does not want to know.
pub fn aside(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// A warning on standard error.
pub fn warn(text: &str) {
    aside(&format!("{}: {text}", styled(NOTE, "warning")));
}

/// Whether a person looks at what is printed.
pub fn is_watched() -> bool {
    io::stdout().is_terminal()
}

fn written(result: io::Result<()>) -> Result<(), Trouble> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Trouble::NobodyReads,
        _ => Trouble::Output(error),
    })
}
