//! Behaviour suites of `blob-driver`: upstream's, by its numbers, and what upstream never tested.

pub mod conditions;
pub mod continuing;
pub mod keeping;
pub mod mishaps;
pub mod parts;
pub mod requests;
pub mod streaming;
pub mod trees;
