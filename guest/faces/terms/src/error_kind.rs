//! The kinds of failure.

use std::fmt;

/// The kinds of failure that the WIT package tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "said at the cases of the WIT package's error-kind")]
pub enum ErrorKind {
    NotFound,
    InvalidKey,
    InvalidConfig,
    AccessDenied,
    NoSuchBucket,
    Conflict,
    NotModified,
    TooLate,
    Throttled,
    TimedOut,
    Unavailable,
    Corrupt,
    Unsupported,
    Service,
}

impl ErrorKind {
    /// A word that does not change, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::InvalidKey => "invalid-key",
            Self::InvalidConfig => "invalid-config",
            Self::AccessDenied => "access-denied",
            Self::NoSuchBucket => "no-such-bucket",
            Self::Conflict => "conflict",
            Self::NotModified => "not-modified",
            Self::TooLate => "too-late",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed-out",
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt",
            Self::Unsupported => "unsupported",
            Self::Service => "service",
        }
    }
}

/// For people. All but the last are the name with spaces.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("refused by OSS"),
            kind => f.write_str(&kind.name().replace('-', " ")),
        }
    }
}
