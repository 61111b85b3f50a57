//! Prints an error on standard error: to a person in a few lines, to a program as one JSON document.

use super::command_error::CommandError;
use super::{holder, kind};
use crate::terminal::foreign::shown;
use crate::terminal::output::WriteError;
use crate::terminal::output::{self, BAD, FAINT, NOTE, STRONG, styled_aside};
use crate::terminal::signals::Interrupted;
use ossicle::{Answer, Error};
use ossicle_terms::{Failure, sentence};
use serde::Serialize;

/// Prints it, and the warnings that were kept for a program.
pub fn print(error: &CommandError, as_json: bool) {
    match error {
        CommandError::Output(WriteError::NobodyReads) => print_warnings(),
        error if as_json => {
            print_document(&Document { error: Some(ErrorFields::of(error)), warnings: output::take_warnings() });
        }
        error => output::aside(&lines(error).join("\n")),
    }
}

/// Prints the warnings that were kept for a program, where there are any.
pub fn print_warnings() {
    let warnings = output::take_warnings();
    if !warnings.is_empty() {
        print_document(&Document { error: None, warnings });
    }
}

fn print_document(document: &Document<'_>) {
    match output::document(document) {
        Ok(text) => output::aside(&text),
        Err(error) => tracing::error!(%error, "no document"),
    }
}

fn lines(error: &CommandError) -> Vec<String> {
    let mut lines =
        vec![format!("{}: {}", styled_aside(BAD, "error"), styled_aside(STRONG, shown(&error.to_string())))];
    let mut detail =
        |name: &str, text: &str| lines.push(format!("  {} {}", styled_aside(FAINT, format!("{name:<6}")), shown(text)));
    if let CommandError::Call { error, cause, .. } = root(error) {
        for (name, text) in failure(error, cause.as_deref()).details() {
            detail(name, &text);
        }
    }
    if let CommandError::Settings(problem) = error
        && let Some(origin) = problem.origin()
    {
        detail("from:", &origin.to_string());
    }
    if let Some(file) = config_file(root(error)) {
        detail("used:", &format!("the config file {file}"));
    }
    for hint in hints(error) {
        lines.push(format!("  {} {}", styled_aside(NOTE, "hint: "), shown(&hint)));
    }
    lines
}

/// The config file that had a say in it, where there is one.
fn config_file(error: &CommandError) -> Option<String> {
    match error {
        CommandError::Settings(_)
        | CommandError::Call { .. }
        | CommandError::Blob { .. }
        | CommandError::Held { .. } => crate::settings::used_file().map(|path| path.display().to_string()),
        _ => None,
    }
}

/// What a person is told of it.
fn failure<'a>(error: &'a Error, cause: Option<&'a str>) -> Failure<'a> {
    let failure = error.failure();
    Failure {
        kind: kind::of_call(error),
        message: failure.map(|failure| failure.message.as_str()),
        answer: failure.and_then(|failure| failure.answer.as_ref()).map(|answer| ossicle_terms::Answer {
            status: answer.status,
            code: &answer.code,
            ec: answer.ec.as_deref(),
            request_id: answer.request_id.as_deref(),
            message: &answer.message,
        }),
        cause,
        is_retryable: error.is_retryable(),
    }
}

/// The error that caused this one: an upload that was suspended tells where it stands, and something else ended it.
fn root(error: &CommandError) -> &CommandError {
    match error {
        CommandError::Upload(upload) => upload.cause().unwrap_or(error),
        _ => error,
    }
}

fn hints(error: &CommandError) -> Vec<String> {
    let hint = match error {
        CommandError::Call { hints, .. } | CommandError::Blob { hints, .. } => return hints.clone(),
        CommandError::Upload(upload) => {
            let cause = upload.cause().map(hints).unwrap_or_default();
            return [cause, upload.hints()].concat();
        }
        CommandError::Settings(problem) => return problem.hints().to_vec(),
        CommandError::Watched { component, flag } => {
            return vec![format!("ossicle component {component}{flag} > ossicle-{component}.wasm")];
        }
        CommandError::Directory { .. } => sentence::RECURSIVE_HINT,
        CommandError::Held { hint, .. } | CommandError::Server { hint: Some(hint), .. } => hint,
        CommandError::Lost { .. } => "what it had done is done; whoever has the lock now may see it half done",
        CommandError::Changed { .. } => "run it again: it is then made of what is there now",
        CommandError::Empty { .. } => sentence::ALLOW_EMPTY_HINT,
        CommandError::Interrupted(Interrupted { changing: true, .. }) => {
            "what was under way may have taken effect: look, or do it again"
        }
        CommandError::Binary { .. } => "put it in a file with -o FILE, or pass it on with | or >",
        _ => return Vec::new(),
    };
    vec![hint.to_owned()]
}

/// What standard error has for a program.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorFields<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// The fields of an error, for programs. Unknown ones are left out.
#[derive(Serialize)]
struct ErrorFields<'a> {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    oss: Option<Oss<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
}

/// What OSS answered.
#[derive(Serialize)]
struct Oss<'a> {
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ec: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
}

impl<'a> ErrorFields<'a> {
    fn of(error: &'a CommandError) -> Self {
        let mut fields = Self {
            kind: kind::of(error),
            message: error.to_string(),
            action: None,
            key: None,
            lock: None,
            holder: None,
            field: None,
            origin: None,
            config: config_file(root(error)),
            retryable: false,
            oss: None,
            cause: None,
            hints: hints(error),
        };
        match root(error) {
            CommandError::Call { action, key, error, cause, .. } => {
                fields.cause = cause.as_deref();
                fields.action = Some(action.name());
                fields.key = Some(key);
                fields.retryable = error.is_retryable();
                if let Some(failure) = error.failure() {
                    fields.message.push_str(&format!(": {}", failure.message));
                    fields.oss = failure.answer.as_ref().map(Oss::of);
                }
            }
            CommandError::Blob { action, path, error, .. } => {
                fields.action = Some(action.name());
                fields.key = Some(path);
                fields.retryable = error.is_retryable();
            }
            CommandError::Settings(problem) => {
                fields.field = problem.field();
                fields.origin = problem.origin().map(ToString::to_string);
            }
            CommandError::Directory { key } | CommandError::Empty { key, .. } | CommandError::Binary { key, .. } => {
                fields.key = Some(key);
            }
            CommandError::Held { name, holder, .. } => {
                fields.lock = Some(name);
                fields.retryable = true;
                fields.holder = holder.as_ref().map(holder::document);
            }
            CommandError::Lost { name, .. } => fields.lock = Some(name),
            _ => {}
        }
        if let CommandError::Upload(upload) = error {
            fields.key = Some(upload.path());
        }
        fields
    }
}

impl<'a> Oss<'a> {
    fn of(answer: &'a Answer) -> Self {
        Self {
            status: answer.status,
            code: &answer.code,
            ec: answer.ec.as_deref(),
            request_id: answer.request_id.as_deref(),
            message: &answer.message,
            endpoint: answer.endpoint.as_deref(),
        }
    }
}
