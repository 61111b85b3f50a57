//! A mark: what the repositories hold, and what their manifests name.
//!
//! Both who deletes garbage and who deletes untagged manifests rests on it. What can't be found out ends it with an error,
//! because it might name anything; what can be read and is not a manifest is reported, and everything that looks like a
//! digest in it counts as named.

mod item;
mod manifests;
mod references;
mod survey;

pub(crate) use item::Item;
pub(super) use manifests::Manifests;
pub(super) use survey::{Extent, Mark, Survey, TaggedRepository};
