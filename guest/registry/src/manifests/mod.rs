//! Manifests and indexes.

mod delete;
mod document;
mod get;
mod put;

pub(crate) use document::{Descriptor, Document, OCI_INDEX};
