//! Why a request of a component is not sent.

use std::fmt;

/// What is wrong with a request. It says nothing of the request itself, whose query and headers may hold a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is for another scheme, host or port.
    Elsewhere,
    /// OSS and the services that give credentials are never asked by such a method. `CONNECT` would go out without the path
    /// that was checked, and have a proxy connect anywhere; to `TRACE` a proxy may answer with what it was shown.
    Method,
    /// The path is another bucket's, or is not one that gives credentials.
    Path,
    /// It copies from another bucket.
    CopySource,
}

impl fmt::Display for Refusal {
    /// As in "request refused: ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elsewhere => "not the tenant's endpoint",
            Self::Method => "a method that OSS is not asked by",
            Self::Path => "not a path of the tenant's bucket, nor one that gives it credentials",
            Self::CopySource => "the source of the copy is not in the tenant's bucket",
        })
    }
}
