//! What the OCI distribution specification (1.1 and its coming version) asks of a registry, as tests of any implementation.
//!
//! The cases are those of the specification's own conformance suite, which needs a network to be fetched; the words and the
//! code are Ossicle's. A registry is reached through [`Client`], in memory or over HTTP. It must be empty, allow deletion and
//! take mounts without a source. Every case is a function of [`cases`]; [`for_each_case`] names all of them. A case panics
//! where the registry does not do what is asked.

mod api;
pub mod cases;
mod client;
mod content;
mod package;
mod upload;

pub use client::Client;

/// Calls a macro with the name of each case.
#[macro_export]
macro_rules! for_each_case {
    ($case:ident) => {
        $case! {
            base_is_answered,
            empty_repository_has_no_tags_and_no_referrers,
            missing_blob_is_not_found,
            blob_is_pushed_by_post_alone,
            blob_is_pushed_by_post_and_put,
            blob_is_pushed_in_one_chunk,
            blob_is_pushed_in_chunks,
            blob_is_pushed_in_chunks_and_a_last_one_by_put,
            chunk_out_of_order_is_refused_and_recovered_from,
            last_chunk_by_put_out_of_order_is_refused_and_recovered_from,
            blob_is_pushed_as_a_stream,
            upload_is_cancelled,
            blob_is_mounted_from_a_repository,
            blob_is_mounted_without_a_source,
            missing_blob_is_not_mounted,
            ranges_of_a_blob_are_given,
            empty_blob_and_empty_document_are_blobs,
            wrong_digest_is_refused_on_every_way,
            missing_manifest_is_not_found,
            invalid_digest_is_refused,
            image,
            large_manifest,
            index,
            nested_index,
            empty_index,
            artifact,
            artifact_index,
            artifact_without_layers,
            image_with_referrers,
            index_with_a_subject,
            missing_subject,
            descriptor_with_data,
            layers_that_are_not_distributable,
            unknown_fields,
            image_without_layers,
            sha512_index,
            tags_by_parameter,
            tags_by_parameter_with_sha512,
            image_with_a_wrong_digest_is_refused,
        }
    };
}
