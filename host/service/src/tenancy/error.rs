//! What is wrong with the config of the API's tenants.

use std::path::PathBuf;

/// What is wrong with the config. Quotes none of its values: some are secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeConfigError {
    /// A file can't be read.
    #[error("{}: can't be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or not such a config.
    #[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    File {
        /// From 1.
        line: Option<usize>,
        /// Why.
        reason: String,
    },
    /// A setting of the server is wrong.
    #[error("{field}: {reason}")]
    Setting {
        /// Its name.
        field: &'static str,
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
    /// The file has no tenant.
    #[error("there is no tenant in it")]
    Empty,
    /// Two of something that must be one.
    #[error("{0} is there twice")]
    Twice(String),
    /// A component can't be used.
    #[error("the component {}: {reason}", path.display())]
    Component {
        /// Its file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What can't be changed while the server runs was changed.
    #[error("{0}: can't be changed while the server runs: start it again")]
    Fixed(&'static str),
    /// The system failed.
    #[error("{0}")]
    System(String),
}

impl ServeConfigError {
    pub(super) fn tenant(name: &str, reason: impl ToString) -> Self {
        Self::Tenant { name: name.to_owned(), reason: reason.to_string() }
    }
}
