//! Standard output and error: in colour where there is a terminal that wants it, plain everywhere else.

use super::foreign;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

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

/// Why standard output does not take what is written to it.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Whoever read it has closed it, which is no failure: `ossicle cert ls | head`.
    #[error("nobody reads standard output")]
    NobodyReads,
    /// It can't be written to.
    #[error("can't write to standard output: {0}")]
    Failed(#[source] io::Error),
}

/// What is at the end of a standard stream.
#[derive(Clone, Copy)]
struct Reader {
    is_terminal: bool,
    has_colours: bool,
}

static OUT: LazyLock<Reader> = LazyLock::new(|| Reader {
    is_terminal: io::stdout().is_terminal(),
    has_colours: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
});
static ERR: LazyLock<Reader> = LazyLock::new(|| Reader {
    is_terminal: io::stderr().is_terminal(),
    has_colours: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
});

impl Reader {
    fn styled(self, style: Style, text: impl std::fmt::Display) -> String {
        if self.has_colours { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// Text as it may go there. Nothing is taken out of what goes into a pipe or a file.
    fn guarded(self, text: &str) -> Cow<'_, str> {
        if self.is_terminal { foreign::for_terminal(text) } else { Cow::Borrowed(text) }
    }
}

/// Text in a style, for standard output. What is no terminal gets it without.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    OUT.styled(style, text)
}

/// The same for standard error.
pub fn styled_aside(style: Style, text: impl std::fmt::Display) -> String {
    ERR.styled(style, text)
}

/// Prints text that may be styled.
pub fn print(text: &str) -> Result<(), WriteError> {
    let text = OUT.guarded(text);
    if !OUT.is_terminal {
        return bytes(text.as_bytes());
    }
    // An old console of Windows has colours, but no sequences for them.
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Prints bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), WriteError> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Prints one JSON document, on one line.
pub fn json(value: &impl Serialize) -> Result<(), WriteError> {
    let mut text = document(value)?;
    text.push('\n');
    bytes(text.as_bytes())
}

/// Where what was said decides nothing: that nobody reads it is not to hide what an exit code tells, or a failure.
pub fn heard(said: Result<(), WriteError>) -> Result<(), WriteError> {
    match said {
        Ok(()) | Err(WriteError::NobodyReads) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A JSON document, on one line without its end.
pub fn document(value: &impl Serialize) -> Result<String, WriteError> {
    let text = serde_json::to_string(value).map_err(|error| WriteError::Failed(error.into()))?;
    Ok(foreign::json(&text).into_owned())
}

/// Prints a line on standard error, which may be styled. Who closed it does not want to know.
pub fn aside(line: &str) {
    let line = ERR.guarded(line);
    let _ = if ERR.is_terminal { writeln!(anstream::stderr(), "{line}") } else { writeln!(io::stderr(), "{line}") };
}

/// Prints on standard error what the person at the terminal may want to know meanwhile. No program is told.
pub fn remark(text: &str) {
    if !is_for_program() {
        aside(&styled_aside(FAINT, text));
    }
}

/// The warnings of a command whose output a program reads; none where a person does.
static WARNINGS: Mutex<Option<Vec<String>>> = Mutex::new(None);

fn warnings() -> MutexGuard<'static, Option<Vec<String>>> {
    WARNINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on warnings are kept for [`take_warnings`]: what a program reads on standard error is one document.
pub fn keep_warnings() {
    *warnings() = Some(Vec::new());
}

/// The warnings that were kept.
pub fn take_warnings() -> Vec<String> {
    warnings().as_mut().map(std::mem::take).unwrap_or_default()
}

fn is_for_program() -> bool {
    warnings().is_some()
}

/// A warning on standard error.
pub fn warn(text: &str) {
    if let Some(kept) = &mut *warnings() {
        kept.push(text.to_owned());
        return;
    }
    aside(&format!("{}: {}", styled_aside(NOTE, "warning"), foreign::shown(text)));
}

/// Whether a person looks at what is printed.
pub fn is_watched() -> bool {
    OUT.is_terminal
}

fn written(result: io::Result<()>) -> Result<(), WriteError> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => WriteError::NobodyReads,
        _ => WriteError::Failed(error),
    })
}
