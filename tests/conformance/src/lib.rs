//! What the OCI distribution specification (1.1 and its coming version) asks of a registry, as tests of any implementation.
//!
//! The cases are all those of the specification's own conformance suite, by the names that they have there, and what the
//! specification's text asks for besides. That suite needs a network to be fetched; the code and its structure are Ossicle's.
//! A registry is reached through [`Client`], in memory or over HTTP. It must be empty, allow deletion and take mounts without
//! a source.
//!
//! Cases come in groups: every form of a package (an image, an index, an artifact with a subject …) is one, whose cases are
//! what is done with it; the others are about blobs, uploads, manifests, lists, names and deletion. A group is a function of
//! [`groups`], and [`for_each_group`] names all of them. [`list()`] has each case with the section of the specification that it
//! is about, and how often a run checks it. A group panics where the registry does not do what is asked, and where it has not
//! checked exactly the cases of the list.

mod api;
mod blobs;
mod client;
mod content;
mod deletion;
mod forms;
mod life;
mod list;
mod manifests;
mod names;
mod package;
mod presence;
mod referrers;
mod run;
mod tags;
mod upload;
mod uploads;

pub use client::Client;
pub use list::{Case, list};

/// Calls a macro with the name of each group.
#[macro_export]
macro_rules! for_each_group {
    ($group:ident) => {
        $group! {
            presence,
            blobs_sha256,
            blobs_sha512,
            uploads,
            image,
            image_uncompressed,
            large_manifest,
            index,
            nested_index,
            empty_index,
            artifact,
            artifact_index,
            artifact_without_layers,
            artifacts_with_subject,
            index_with_subject,
            missing_subject,
            data_field,
            non_distributable_layers,
            custom_fields,
            no_layers,
            sha512,
            tag_param_sha256,
            tag_param_sha512,
            bad_digest_image,
            docker_image,
            docker_list,
            sha512_subject,
            manifests,
            tags,
            referrers,
            names,
            deletion,
        }
    };
}

/// The groups. Each takes an empty registry.
pub mod groups {
    pub use crate::blobs::{blobs_sha256, blobs_sha512};
    pub use crate::deletion::deletion;
    pub use crate::forms::*;
    pub use crate::manifests::manifests;
    pub use crate::names::names;
    pub use crate::presence::presence;
    pub use crate::referrers::referrers;
    pub use crate::tags::tags;
    pub use crate::uploads::uploads;
}
