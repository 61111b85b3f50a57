//! What is wrong with a file of tenants.

use crate::toml_problem;

/// What is wrong with a file of tenants. Quotes none of its values: some are secrets.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not TOML, or not that of tenants.
    #[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    File {
        /// From 1.
        line: Option<usize>,
        /// Why.
        reason: String,
    },
    /// A tenant can't be opened.
    #[error("the tenant {name:?}: {reason}")]
    Tenant {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// What all tenants may take together can't be so, or is not so on the engine.
    #[error("engine: {0}")]
    Engine(String),
    /// The file has no tenant.
    #[error("there is no tenant in it")]
    Empty,
    /// Two tenants are reached by the same.
    #[error("two tenants are reached by {0}")]
    Twice(String),
    /// Two tenants that share hosts ask for credentials in different ways.
    #[error(
        "the tenants {0:?} and {1:?} share /v2/, where clients ask how to log in: both need htpasswd, or token with one realm \
         and one service, or one of them hosts of its own"
    )]
    DifferentSchemes(String, String),
    /// Tokens for one tenant would be good for another one.
    #[error(
        "the tenants {0:?} and {1:?} take the same tokens, which name repositories and not tenants: each needs a service, or an \
         issuer, of its own"
    )]
    SameTokens(String, String),
}

impl ConfigError {
    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let (line, reason) = toml_problem::describe(text, error);
        Self::File { line, reason }
    }

    pub(super) fn tenant(name: &str, reason: impl ToString) -> Self {
        Self::Tenant { name: name.to_owned(), reason: reason.to_string() }
    }
}
