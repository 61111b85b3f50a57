//! The cases. Each takes an empty registry.

mod blobs;
mod errors;
mod packages;

pub use blobs::{
    blob_is_mounted_from_a_repository, blob_is_mounted_without_a_source, blob_is_pushed_as_a_stream,
    blob_is_pushed_by_post_alone, blob_is_pushed_by_post_and_put, blob_is_pushed_in_chunks,
    blob_is_pushed_in_chunks_and_a_last_one_by_put, blob_is_pushed_in_one_chunk,
    chunk_out_of_order_is_refused_and_recovered_from, empty_blob_and_empty_document_are_blobs,
    last_chunk_by_put_out_of_order_is_refused_and_recovered_from, missing_blob_is_not_mounted,
    ranges_of_a_blob_are_given, upload_is_cancelled, wrong_digest_is_refused_on_every_way,
};
pub use errors::{
    base_is_answered, empty_repository_has_no_tags_and_no_referrers, invalid_digest_is_refused,
    missing_blob_is_not_found, missing_manifest_is_not_found,
};
pub use packages::{
    artifact, artifact_index, artifact_without_layers, descriptor_with_data, empty_index, image,
    image_with_a_wrong_digest_is_refused, image_with_referrers, image_without_layers, index, index_with_a_subject,
    large_manifest, layers_that_are_not_distributable, missing_subject, nested_index, sha512_index, tags_by_parameter,
    tags_by_parameter_with_sha512, unknown_fields,
};
