//! Manifests and indexes.

mod delete;
mod document;
mod get;
mod put;
mod stored;

pub(crate) use document::{Descriptor, OCI_INDEX};
pub(crate) use stored::{MediaType, NamedContent, Stored};
