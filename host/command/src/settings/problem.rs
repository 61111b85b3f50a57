//! What is wrong with the settings.

use ossicle::ConfigProblem;
use ossicle_terms::{Field, Origin};

/// What is wrong with the settings: which field, why, and where its value came from. Holds no secret.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}{reason}", .field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default())]
pub struct Problem {
    field: Option<String>,
    reason: String,
    origin: Option<Box<Origin>>,
    hints: Vec<String>,
}

impl Problem {
    /// A problem of no single field.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { field: None, reason: reason.into(), origin: None, hints: Vec::new() }
    }

    /// A problem of one field.
    pub fn of(field: Field, reason: impl Into<String>) -> Self {
        Self::named(field.name(), reason)
    }

    /// A problem of a field of this name.
    pub fn named(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(reason) }
    }

    /// Says where the value came from.
    pub fn given_by(mut self, origin: Origin) -> Self {
        self.origin = Some(Box::new(origin));
        self
    }

    /// Adds what may help.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The field, as a file names it.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Where the value came from.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// What may help.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl From<ConfigProblem> for Problem {
    fn from(problem: ConfigProblem) -> Self {
        Self::named(problem.field, problem.reason)
    }
}
