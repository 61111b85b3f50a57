//! What is wrong with a key set.

/// Why a key set can't be used. Contains key ids, types and members, but nothing of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeySetProblem(String);

impl KeySetProblem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(super) fn of_key(id: u32, message: impl std::fmt::Display) -> Self {
        Self(format!("key {id} {message}"))
    }
}
