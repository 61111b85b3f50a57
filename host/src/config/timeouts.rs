use crate::duration;
use serde::Deserialize;
use std::time::Duration;

/// How long the component waits. What is left out takes its default. In a file: `"5s"`, `"250ms"` or milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Timeouts {
    /// Until a connection stands. Default 5 s.
    #[serde(deserialize_with = "duration::optional")]
    pub connect: Option<Duration>,
    /// From a request's end to the first byte of its answer. Default 20 s.
    #[serde(deserialize_with = "duration::optional")]
    pub first_byte: Option<Duration>,
    /// Between two pieces of an answer's body. Default 20 s.
    #[serde(deserialize_with = "duration::optional")]
    pub between_bytes: Option<Duration>,
    /// For a whole request with all its attempts and the pauses between them. Default 60 s.
    #[serde(deserialize_with = "duration::optional")]
    pub operation: Option<Duration>,
}

impl Timeouts {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Until a connection stands.
    pub fn connect(mut self, limit: Duration) -> Self {
        self.connect = Some(limit);
        self
    }

    /// From a request's end to the first byte of its answer.
    pub fn first_byte(mut self, limit: Duration) -> Self {
        self.first_byte = Some(limit);
        self
    }

    /// Between two pieces of an answer's body.
    pub fn between_bytes(mut self, limit: Duration) -> Self {
        self.between_bytes = Some(limit);
        self
    }

    /// For a whole request with all its attempts and the pauses between them.
    pub fn operation(mut self, limit: Duration) -> Self {
        self.operation = Some(limit);
        self
    }
}
