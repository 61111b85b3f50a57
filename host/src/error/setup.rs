//! Why something can't be made before any call: an engine, or a component that runs.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why no engine can be made, or a component can't be run. Its text tells all of it; what failed below is its source.
#[derive(Debug, Clone)]
pub struct SetupProblem {
    text: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SetupProblem {
    /// One that has another error below it, which the text tells.
    pub(crate) fn of(text: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { text: text.into(), source: Some(Arc::from(source.into())) }
    }
}

impl From<String> for SetupProblem {
    fn from(text: String) -> Self {
        Self { text, source: None }
    }
}

impl fmt::Display for SetupProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for SetupProblem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
