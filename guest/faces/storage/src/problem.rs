//! What is wrong with the settings.

use ossicle_terms::{Field, Origin};
use std::fmt;

/// What is wrong with the settings.
#[derive(Debug)]
pub struct Problem {
    /// The field, by the name that it has in config files and in the component's errors.
    pub field: String,
    /// What is wrong with it. Never its value, which may be a secret.
    pub reason: String,
    /// Where its value came from.
    pub origin: Option<Origin>,
    /// What may help.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with a field that is missing or that has no single origin.
    pub fn of(field: Field, reason: impl Into<String>) -> Self {
        Self { field: field.name().to_owned(), reason: reason.into(), origin: None, hint: None }
    }

    /// A problem with a variable that only a face has.
    pub fn of_variable(name: &str, reason: impl Into<String>) -> Self {
        Self { field: name.to_owned(), reason: reason.into(), origin: None, hint: None }
    }

    /// The problem with what may help.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)?;
        if let Some(origin) = &self.origin {
            write!(f, "; from: {origin}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}
