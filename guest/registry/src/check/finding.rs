//! What a check finds.

use std::fmt;

use serde::Serialize;

use crate::digest::Digest;
use crate::gc::Kind;
use crate::ports::OssTime;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It takes room, and nothing else.
    Untidy,
    /// It can be pulled, but one of the registries that may serve this bucket would destroy it, stop at it, or not serve it.
    Danger,
    /// Something can't be pulled.
    Broken,
}

/// What is wrong with the text of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkProblem {
    /// It ends with a line's end or a space. Distribution can't read it.
    TrailingSpace,
    /// It holds no digest.
    NoDigest,
    /// It holds another digest of the same algorithm than its path.
    OtherDigest(Digest),
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// A link of a repository whose blob is not there. Distribution 2.8 leaves such links of layers when it collects garbage.
    DanglingLink {
        /// The link.
        path: String,
        /// The blob.
        digest: Digest,
    },
    /// A link that is not as it must be.
    BadLink {
        /// The link.
        path: String,
        /// What is wrong with it.
        problem: LinkProblem,
    },
    /// Content that was pushed by its SHA-512 and is stored by its SHA-256, with a link from the one to the other. The garbage
    /// collection of distribution takes the content away. Ossicle's keeps it.
    Alias {
        /// The link.
        path: String,
        /// The digest by which it was pushed.
        digest: Digest,
        /// The digest by which it is stored.
        stored: Digest,
    },
    /// A tag that names a manifest that is not in its repository.
    DanglingTag {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// The manifest.
        digest: Digest,
    },
    /// The history of a tag that is not there. Lists of tags name it.
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
    /// A manifest names something whose blob is not there.
    MissingBlob {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// What it names.
        digest: Digest,
    },
    /// A manifest names something that is not linked in its repository, so that it can't be pulled from there.
    MissingLink {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// What it names.
        digest: Digest,
        /// As what.
        kind: Kind,
    },
    /// A manifest names something by what is no digest of SHA-256 or SHA-512.
    BadReference {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// What stands there.
        text: String,
    },
    /// A blob has another size than a manifest says.
    WrongSize {
        /// The repository.
        repository: String,
        /// The manifest.
        manifest: Digest,
        /// The blob.
        digest: Digest,
        /// The size in the manifest.
        stated: u64,
        /// The blob's size.
        stored: u64,
    },
    /// A blob whose content has another digest. Manifests are always looked at, others where hashes are asked for.
    WrongContent {
        /// The digest by which it is stored.
        digest: Digest,
        /// The digest of what is there.
        computed: Digest,
    },
    /// What is stored as a manifest is not a JSON object. Garbage collection keeps what looks like a digest in it.
    NotAManifest {
        /// The repository.
        repository: String,
        /// The content.
        digest: Digest,
    },
    /// A manifest of a media type that distribution does not know. It answers 500 for it, and the collection of version 3 stops
    /// there.
    UnknownMediaType {
        /// The repository.
        repository: String,
        /// The manifest.
        digest: Digest,
        /// Its media type.
        media_type: String,
    },
    /// A manifest of Docker's first schema, which neither this registry nor version 3 of distribution serves.
    Schema1 {
        /// The repository.
        repository: String,
        /// The manifest.
        digest: Digest,
    },
    /// A repository with manifests and without any link of a layer: the garbage collection of distribution 2.8 does not see
    /// it, and takes its content away.
    NoLayers {
        /// The repository.
        repository: String,
    },
    /// The folder of an upload that nobody finished.
    LeftUpload {
        /// The folder.
        folder: String,
        /// When a file of it was last written.
        modified: OssTime,
    },
    /// An upload in parts that was neither completed nor aborted. It is billed, and no listing of files shows it.
    LeftParts {
        /// The path it is for.
        path: String,
        /// OSS's id of it.
        upload_id: String,
        /// When it was begun.
        initiated: OssTime,
    },
    /// A file that belongs to no part of the layout.
    StrayFile {
        /// Its path.
        path: String,
    },
}

impl Finding {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::LeftUpload { .. } | Self::LeftParts { .. } | Self::StrayFile { .. } | Self::TagWithoutLink { .. } => {
                Severity::Untidy
            }
            // Nothing names it, or that is found as well.
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
            Self::DanglingLink { path, digest } => write!(f, "{path}: the blob {digest} is not there"),
            Self::BadLink { path, problem: LinkProblem::TrailingSpace } => {
                write!(f, "{path}: a space or a line's end follows the digest, so that distribution can't read it")
            }
            Self::BadLink { path, problem: LinkProblem::NoDigest } => write!(f, "{path}: holds no digest"),
            Self::BadLink { path, problem: LinkProblem::OtherDigest(other) } => {
                write!(f, "{path}: holds another digest, {other}")
            }
            Self::Alias { path, digest, stored } => write!(
                f,
                "{path}: {digest} is stored as {stored}, which the garbage collection of distribution takes away"
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
                write!(f, "{repository}@{manifest}: names {digest}, which is not there")
            }
            Self::MissingLink { repository, manifest, digest, kind } => {
                let what = if *kind == Kind::Blob { "blob" } else { "manifest" };
                write!(f, "{repository}@{manifest}: names the {what} {digest}, which is not in the repository")
            }
            Self::BadReference { repository, manifest, text } => {
                write!(f, "{repository}@{manifest}: names {text:?}, which is no digest of SHA-256 or SHA-512")
            }
            Self::WrongSize { repository, manifest, digest, stated, stored } => {
                write!(f, "{repository}@{manifest}: says that {digest} has {stated} bytes, and it has {stored}")
            }
            Self::WrongContent { digest, computed } => write!(f, "{digest}: the content has the digest {computed}"),
            Self::NotAManifest { repository, digest } => {
                write!(f, "{repository}@{digest}: is stored as a manifest and is not a JSON object")
            }
            Self::UnknownMediaType { repository, digest, media_type } => {
                write!(f, "{repository}@{digest}: distribution does not know the media type {media_type}")
            }
            Self::Schema1 { repository, digest } => {
                write!(f, "{repository}@{digest}: a manifest of schema 1, which is served no more")
            }
            Self::NoLayers { repository } => write!(
                f,
                "{repository}: has manifests and no layer links, so that the garbage collection of distribution 2.8 takes its \
                 content away"
            ),
            Self::LeftUpload { folder, .. } => write!(f, "{folder}: an upload that nobody finished"),
            Self::LeftParts { path, upload_id, .. } => {
                write!(f, "{path}: the upload {upload_id} in parts, which nobody finished")
            }
            Self::StrayFile { path } => write!(f, "{path}: belongs to no part of the layout"),
        }
    }
}
