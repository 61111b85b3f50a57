//! Marks: finds out what the repositories contain, and what their manifests name.
//!
//! The deletion of garbage and that of untagged manifests both depend on a mark. Content that can't be read ends it
//! with an error, because that content might name anything. Content that can be read and is not a manifest is reported,
//! and everything that looks like a digest in it counts as named.

mod item;
mod manifests;
mod references;
mod survey;

pub(crate) use item::Item;
pub(super) use manifests::Manifests;
pub(super) use survey::{Mark, MarkScope, Survey, TaggedRepository};
