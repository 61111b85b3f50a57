//! Why a content could not be read to its end.

use crate::error::printable;
use std::error::Error;
use std::sync::Arc;
use std::{fmt, io};

/// Why a content could not be read to its end. Where it was the caller's own that failed, its error is the source.
#[derive(Debug, Clone)]
pub struct BrokenContent {
    text: String,
    source: Option<Arc<io::Error>>,
}

impl BrokenContent {
    /// With the reason that the component returned.
    pub(super) fn from_component(text: String) -> Self {
        Self { text: printable(text), source: None }
    }
}

impl From<io::Error> for BrokenContent {
    fn from(error: io::Error) -> Self {
        Self { text: printable(error.to_string()), source: Some(Arc::new(error)) }
    }
}

impl fmt::Display for BrokenContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for BrokenContent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
