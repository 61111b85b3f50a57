//! The headers and problems that several operations have in common.

use super::{Payload, Success};
use crate::problem::ProblemKind;

/// A header of a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseHeader {
    ETag,
    LastModified,
    ContentRange,
    Location,
    UploadOffset,
}

/// Problems of every operation that needs a right or reads a name or a query.
pub(super) const REQUEST: &[ProblemKind] = &[ProblemKind::InvalidRequest, ProblemKind::Forbidden];

/// Problems of operations that read from OSS.
pub(super) const STORAGE: &[ProblemKind] = &[
    ProblemKind::InvalidKey,
    ProblemKind::Unsupported,
    ProblemKind::Misconfigured,
    ProblemKind::Defect,
    ProblemKind::StorageDenied,
    ProblemKind::NoBucket,
    ProblemKind::Corrupt,
    ProblemKind::StorageRefused,
    ProblemKind::Throttled,
    ProblemKind::Overloaded,
    ProblemKind::Unavailable,
    ProblemKind::TimedOut,
];

/// Problems, in addition to those of reading, of operations that change something in OSS.
pub(super) const CHANGE: &[ProblemKind] = &[ProblemKind::Conflict];

/// Problems of operations on something that may not exist.
pub(super) const ABSENT: &[ProblemKind] = &[ProblemKind::NotFound];

/// Problems of operations with a lease.
pub(super) const LEASE: &[ProblemKind] = &[ProblemKind::LeaseLost];

/// Problems of changes with conditions.
pub(super) const CONDITIONS: &[ProblemKind] = &[ProblemKind::PreconditionFailed, ProblemKind::ChangeUnderWay];

/// Problems of operations that receive content.
pub(super) const CONTENT: &[ProblemKind] =
    &[ProblemKind::BrokenContent, ProblemKind::TooLarge, ProblemKind::UnsupportedMediaType];

/// A successful response with a JSON document.
pub(super) const fn document(status: u16, description: &'static str, name: &'static str) -> Success {
    Success { status, description, payload: Payload::Json(name), headers: &[] }
}
