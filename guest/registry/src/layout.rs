//! Where things are in the bucket: distribution's layout, byte for byte, `_referrers` beside it, and the folders of sessions
//! in that of an upload, which distribution's purge removes with it.
//!
//! A `link` holds a digest as text, without a newline.

use crate::digest::{Algorithm, Digest};
use crate::name::{RepositoryName, Tag};

const ROOT: &str = "/docker/registry/v2";

/// The folder of all repositories.
pub fn repositories() -> String {
    format!("{ROOT}/repositories")
}

/// The folder of all contents.
pub fn blobs() -> String {
    format!("{ROOT}/blobs")
}

/// The content with a digest.
pub fn blob(digest: &Digest) -> String {
    let (algorithm, encoded) = (digest.algorithm().name(), digest.encoded());
    let shard: String = encoded.chars().take(2).collect();
    format!("{}/{algorithm}/{shard}/{encoded}/data", blobs())
}

/// The folder of a repository.
pub fn repository(name: &RepositoryName) -> String {
    format!("{ROOT}/repositories/{name}")
}

fn linked(folder: &str, digest: &Digest) -> String {
    format!("{folder}/{}/{}/link", digest.algorithm().name(), digest.encoded())
}

/// The link that makes a blob belong to a repository.
pub fn layer_link(name: &RepositoryName, digest: &Digest) -> String {
    linked(&format!("{}/_layers", repository(name)), digest)
}

/// The link that makes a manifest belong to a repository.
pub fn revision_link(name: &RepositoryName, digest: &Digest) -> String {
    linked(&format!("{}/_manifests/revisions", repository(name)), digest)
}

/// The folder of a repository's tags.
pub fn tags(name: &RepositoryName) -> String {
    format!("{}/_manifests/tags", repository(name))
}

/// The folder of a tag.
pub fn tag(name: &RepositoryName, tag: &Tag) -> String {
    format!("{}/{tag}", tags(name))
}

/// The link that holds a tag's digest.
pub fn tag_current(name: &RepositoryName, tag: &Tag) -> String {
    format!("{}/{tag}/current/link", tags(name))
}

/// The link for a digest that a tag has or had.
pub fn tag_index(name: &RepositoryName, tag: &Tag, digest: &Digest) -> String {
    format!("{}/{tag}/{}", tags(name), tag_index_file(digest))
}

/// The same below the tag's folder.
pub fn tag_index_file(digest: &Digest) -> String {
    linked("index", digest)
}

/// The folder of those that refer to a subject.
pub fn referrers(name: &RepositoryName, subject: &Digest) -> String {
    format!("{}/_referrers/{}/{}", repository(name), subject.algorithm().name(), subject.encoded())
}

/// The descriptor of a manifest that refers to a subject.
pub fn referrer_link(name: &RepositoryName, subject: &Digest, digest: &Digest) -> String {
    linked(&referrers(name, subject), digest)
}

/// The digest of a link that is directly in a folder of links.
pub fn linked_digest(folder: &str, path: &str) -> Option<Digest> {
    let (algorithm, rest) = path.strip_prefix(folder)?.strip_prefix('/')?.split_once('/')?;
    Digest::parse(&format!("{algorithm}:{}", rest.strip_suffix("/link")?))
}

/// The folder of an upload.
pub fn upload(name: &RepositoryName, uuid: &str) -> String {
    format!("{}/_uploads/{uuid}", repository(name))
}

/// What one session of an upload has written: the bytes that one process took. No other process writes there.
pub fn upload_data(name: &RepositoryName, uuid: &str, session: &str) -> String {
    format!("{}/{session}/data", upload(name, uuid))
}

/// When an upload began.
pub fn upload_started_at(name: &RepositoryName, uuid: &str) -> String {
    format!("{}/startedat", upload(name, uuid))
}

/// An empty file that says that an upload was cancelled.
pub fn upload_cancelled(name: &RepositoryName, uuid: &str) -> String {
    format!("{}/cancelled", upload(name, uuid))
}

/// The hash state of a session at an offset, in distribution's form, but in the session's folder: it is that of no other's
/// bytes.
pub fn upload_hash_state(
    name: &RepositoryName,
    uuid: &str,
    session: &str,
    algorithm: Algorithm,
    offset: u64,
) -> String {
    format!("{}/{session}/hashstates/{}/{offset}", upload(name, uuid), algorithm.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_distribution() {
        let hex = "ab01".repeat(16);
        let digest = Digest::parse(&format!("sha256:{hex}")).unwrap();
        let (name, v1) = (RepositoryName::parse("my/app").unwrap(), Tag::parse("v1").unwrap());
        let repository = "/docker/registry/v2/repositories/my/app";
        assert_eq!(blob(&digest), format!("/docker/registry/v2/blobs/sha256/ab/{hex}/data"));
        assert_eq!(layer_link(&name, &digest), format!("{repository}/_layers/sha256/{hex}/link"));
        assert_eq!(revision_link(&name, &digest), format!("{repository}/_manifests/revisions/sha256/{hex}/link"));
        assert_eq!(tag_current(&name, &v1), format!("{repository}/_manifests/tags/v1/current/link"));
        assert_eq!(tag_index(&name, &v1, &digest), format!("{repository}/_manifests/tags/v1/index/sha256/{hex}/link"));
        assert_eq!(upload_data(&name, "u", "s"), format!("{repository}/_uploads/u/s/data"));
        assert_eq!(upload_started_at(&name, "u"), format!("{repository}/_uploads/u/startedat"));
        assert_eq!(upload_cancelled(&name, "u"), format!("{repository}/_uploads/u/cancelled"));
        let state = upload_hash_state(&name, "u", "s", Algorithm::Sha256, 10);
        assert_eq!(state, format!("{repository}/_uploads/u/s/hashstates/sha256/10"));
    }
}
