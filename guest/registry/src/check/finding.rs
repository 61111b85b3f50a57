//! The problems that a check reports.

use std::fmt;

use serde::Serialize;

use crate::digest::Digest;
use crate::gc::Kind;
use crate::ports::OssTime;

/// The severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The object only occupies storage.
    Untidy,
    /// The content can be pulled, but one of the registries that may serve this bucket would destroy it, fail because
    /// of it, or not serve it.
    Danger,
    /// Some content can't be pulled.
    Broken,
}

/// An error in the text of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkProblem {
    /// The text ends with a newline or a space. Distribution can't read such a link.
    TrailingSpace,
    /// The text is not a digest.
    NoDigest,
    /// The text is another digest than the one in the link's path, of the same algorithm.
    OtherDigest(Digest),
}

/// A problem in the layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// A link of a repository to a blob that does not exist. The garbage collection of distribution 2.8 leaves such
    /// layer links behind.
    DanglingLink {
        /// The link's path.
        path: String,
        /// The digest of the blob.
        digest: Digest,
    },
    /// A link with a wrong text.
    BadLink {
        /// The link's path.
        path: String,
        /// The error.
        problem: LinkProblem,
    },
    /// Content that was pushed with its SHA-512 and is stored with its SHA-256, with a link from the one to the other.
    /// The garbage collection of distribution deletes the content. Ossicle's keeps it.
    Alias {
        /// The link's path.
        path: String,
        /// The digest with which it was pushed.
        digest: Digest,
        /// The digest with which it is stored.
        stored: Digest,
    },
    /// A tag that refers to a manifest that is not in its repository.
    DanglingTag {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// The manifest.
        digest: Digest,
    },
    /// The history of a tag that has no link. Lists of tags include it.
    TagWithoutLink {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
    },
    /// An entry in a list of referrers whose manifest is not in the repository.
    DanglingReferrer {
        /// The entry.
        path: String,
        /// The manifest.
        digest: Digest,
    },
    /// A manifest refers to content whose blob does not exist.
    MissingBlob {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// The digest of the content.
        digest: Digest,
    },
    /// A manifest refers to content that is not linked in its repository, so that it can't be pulled from there.
    MissingLink {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// The digest of the content.
        digest: Digest,
        /// Whether the manifest refers to it as a blob or as a manifest.
        kind: Kind,
    },
    /// A manifest refers to content with a text that is not a SHA-256 or SHA-512 digest.
    BadReference {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// The text.
        text: String,
    },
    /// The size of a blob differs from the one in a manifest.
    WrongSize {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// The digest of the blob.
        digest: Digest,
        /// The size in the manifest.
        stated: u64,
        /// The blob's size.
        stored: u64,
    },
    /// The content of a blob does not match its digest. This is always checked for manifests, and for other blobs if
    /// requested.
    WrongContent {
        /// The digest with which it is stored.
        digest: Digest,
        /// The digest of the content.
        computed: Digest,
    },
    /// Content that is stored as a manifest is not a JSON object. The garbage collection keeps everything that looks
    /// like a digest in it.
    NotAManifest {
        /// The repository.
        repository: String,
        /// The digest of the content.
        digest: Digest,
    },
    /// A manifest with a media type that distribution does not know. Distribution responds with 500 to requests for it,
    /// and the garbage collection of version 3 stops at it.
    UnknownMediaType {
        /// The repository.
        repository: String,
        /// The manifest.
        digest: Digest,
        /// Its media type.
        media_type: String,
    },
    /// A manifest of Docker's schema 1, which neither this registry nor version 3 of distribution serves.
    Schema1 {
        /// The repository.
        repository: String,
        /// The manifest.
        digest: Digest,
    },
    /// A repository with manifests and without any layer link: the garbage collection of distribution 2.8 does not see
    /// the repository, and deletes its content.
    NoLayers {
        /// The repository.
        repository: String,
    },
    /// The folder of an abandoned upload.
    LeftUpload {
        /// The folder's path.
        folder: String,
        /// When a file of it was last written.
        modified: OssTime,
    },
    /// An upload in parts that was neither completed nor aborted. It is billed, although no listing of files shows it.
    LeftParts {
        /// The path of the file that the upload would create.
        path: String,
        /// OSS's id of the upload.
        upload_id: String,
        /// The time at which the upload was initiated.
        initiated: OssTime,
    },
    /// A file that is not part of the layout.
    StrayFile {
        /// Its path.
        path: String,
    },
}

impl Finding {
    /// The severity of the problem.
    pub fn severity(&self) -> Severity {
        match self {
            Self::LeftUpload { .. } | Self::LeftParts { .. } | Self::StrayFile { .. } | Self::TagWithoutLink { .. } => {
                Severity::Untidy
            }
            // No manifest refers to the content, or that is reported as well.
            Self::DanglingLink { .. } | Self::DanglingReferrer { .. } => Severity::Untidy,
            Self::Alias { .. }
            | Self::NotAManifest { .. }
            | Self::UnknownMediaType { .. }
            | Self::Schema1 { .. }
            | Self::NoLayers { .. } => Severity::Danger,
            Self::BadLink { .. }
            | Self::DanglingTag { .. }
            | Self::MissingBlob { .. }
            | Self::MissingLink { .. }
            | Self::BadReference { .. }
            | Self::WrongSize { .. }
            | Self::WrongContent { .. } => Severity::Broken,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DanglingLink { path, digest } => write!(f, "{path}: the blob {digest} does not exist"),
            Self::BadLink { path, problem: LinkProblem::TrailingSpace } => {
                write!(f, "{path}: a space or a newline follows the digest, so that distribution can't read it")
            }
            Self::BadLink { path, problem: LinkProblem::NoDigest } => write!(f, "{path}: holds no digest"),
            Self::BadLink { path, problem: LinkProblem::OtherDigest(other) } => {
                write!(f, "{path}: holds another digest, {other}")
            }
            Self::Alias { path, digest, stored } => write!(
                f,
                "{path}: {digest} is stored as {stored}, which the garbage collection of distribution deletes"
            ),
            Self::DanglingTag { repository, tag, digest } => {
                write!(f, "{repository}:{tag}: names the manifest {digest}, which is not in the repository")
            }
            Self::TagWithoutLink { repository, tag } => {
                write!(f, "{repository}:{tag}: only the history of this tag is left")
            }
            Self::DanglingReferrer { path, digest } => {
                write!(f, "{path}: the manifest {digest} is not in the repository")
            }
            Self::MissingBlob { repository, manifest, digest } => {
                write!(f, "{repository}@{manifest}: names {digest}, which does not exist")
            }
            Self::MissingLink { repository, manifest, digest, kind } => {
                let what = if *kind == Kind::Blob { "blob" } else { "manifest" };
                write!(f, "{repository}@{manifest}: names the {what} {digest}, which is not in the repository")
            }
            Self::BadReference { repository, manifest, text } => {
                write!(f, "{repository}@{manifest}: names {text:?}, which is not a SHA-256 or SHA-512 digest")
            }
            Self::WrongSize { repository, manifest, digest, stated, stored } => {
                write!(f, "{repository}@{manifest}: says that {digest} has {stated} bytes, and it has {stored}")
            }
            Self::WrongContent { digest, computed } => write!(f, "{digest}: the content has the digest {computed}"),
            Self::NotAManifest { repository, digest } => {
                write!(f, "{repository}@{digest}: is stored as a manifest, but is not a JSON object")
            }
            Self::UnknownMediaType { repository, digest, media_type } => {
                write!(f, "{repository}@{digest}: distribution does not know the media type {media_type}")
            }
            Self::Schema1 { repository, digest } => {
                write!(f, "{repository}@{digest}: a manifest of schema 1, which is no longer served")
            }
            Self::NoLayers { repository } => write!(
                f,
                "{repository}: has manifests and no layer links, so that the garbage collection of distribution 2.8 \
                 deletes its content"
            ),
            Self::LeftUpload { folder, .. } => write!(f, "{folder}: an upload that nobody finished"),
            Self::LeftParts { path, upload_id, .. } => {
                write!(f, "{path}: the upload {upload_id} in parts, which nobody finished")
            }
            Self::StrayFile { path } => write!(f, "{path}: is not part of the layout"),
        }
    }
}
