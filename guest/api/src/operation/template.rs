//! The paths of requests.

/// A path of the API, which may contain a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Template {
    Document,
    Certificates,
    Certificate,
    CertificateInfo,
    Lock,
    Lease,
    Blobs,
    Blob,
    BlobInfo,
    BlobWalk,
    BlobCopies,
    BlobMoves,
    BlobUrls,
    Uploads,
    Upload,
    UploadCommit,
}

impl Template {
    /// The path as written in the OpenAPI document.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Document => "/openapi.json",
            Self::Certificates => "/v1/certificates",
            Self::Certificate => "/v1/certificates/{key}",
            Self::CertificateInfo => "/v1/certificate-info/{key}",
            Self::Lock => "/v1/locks/{name}",
            Self::Lease => "/v1/locks/{name}/lease",
            Self::Blobs => "/v1/blobs",
            Self::Blob => "/v1/blobs/{path}",
            Self::BlobInfo => "/v1/blob-info/{path}",
            Self::BlobWalk => "/v1/blob-walk",
            Self::BlobCopies => "/v1/blob-copies",
            Self::BlobMoves => "/v1/blob-moves",
            Self::BlobUrls => "/v1/blob-urls",
            Self::Uploads => "/v1/blob-uploads",
            Self::Upload => "/v1/blob-uploads/{upload}",
            Self::UploadCommit => "/v1/blob-uploads/{upload}/commit",
        }
    }

    /// Finds the template of a path, and the name in the path, not decoded. Keys and paths of files are the rest of the
    /// path, with their slashes as they are or escaped; a lock's name and an upload are one component.
    pub fn find(path: &str) -> Option<(Self, &str)> {
        if path == "/openapi.json" {
            return Some((Self::Document, ""));
        }
        let below = path.strip_prefix("/v1/")?;
        let (collection, name) = below.split_once('/').unwrap_or((below, ""));
        let is_collection = collection.len() == below.len();
        let found = match (collection, name) {
            ("certificates", _) if is_collection => (Self::Certificates, ""),
            ("blobs", _) if is_collection => (Self::Blobs, ""),
            ("blob-walk", _) if is_collection => (Self::BlobWalk, ""),
            ("blob-copies", _) if is_collection => (Self::BlobCopies, ""),
            ("blob-moves", _) if is_collection => (Self::BlobMoves, ""),
            ("blob-urls", _) if is_collection => (Self::BlobUrls, ""),
            ("blob-uploads", _) if is_collection => (Self::Uploads, ""),
            (_, "") => return None,
            ("certificates", key) => (Self::Certificate, key),
            ("certificate-info", key) => (Self::CertificateInfo, key),
            ("blobs", path) => (Self::Blob, path),
            ("blob-info", path) => (Self::BlobInfo, path),
            ("locks", name) => one_component(name, "lease", Self::Lock, Self::Lease)?,
            ("blob-uploads", name) => one_component(name, "commit", Self::Upload, Self::UploadCommit)?,
            _ => return None,
        };
        Some(found)
    }
}

fn one_component<'a>(text: &'a str, below: &str, this: Template, that: Template) -> Option<(Template, &'a str)> {
    match text.split_once('/') {
        None => Some((this, text)),
        Some((name, rest)) if rest == below && !name.is_empty() => Some((that, name)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        for (path, expected) in [
            ("/openapi.json", Some((Template::Document, ""))),
            ("/v1/certificates", Some((Template::Certificates, ""))),
            ("/v1/certificates/a/b%2Fc", Some((Template::Certificate, "a/b%2Fc"))),
            ("/v1/certificate-info/a", Some((Template::CertificateInfo, "a"))),
            ("/v1/locks/a%2Fb", Some((Template::Lock, "a%2Fb"))),
            ("/v1/locks/a/lease", Some((Template::Lease, "a"))),
            ("/v1/locks/lease", Some((Template::Lock, "lease"))),
            ("/v1/blobs", Some((Template::Blobs, ""))),
            ("/v1/blobs/a/b", Some((Template::Blob, "a/b"))),
            ("/v1/blob-uploads", Some((Template::Uploads, ""))),
            ("/v1/blob-uploads/x", Some((Template::Upload, "x"))),
            ("/v1/blob-uploads/x/commit", Some((Template::UploadCommit, "x"))),
            ("/v1/certificates/", None),
            ("/v1/locks", None),
            ("/v1/locks/", None),
            ("/v1/locks/a/b", None),
            ("/v1/locks//lease", None),
            ("/v1/blob-walk/a", None),
            ("/v1/", None),
            ("/v1", None),
            ("/v2/certificates", None),
            ("/", None),
        ] {
            assert_eq!(Template::find(path), expected, "{path}");
        }
    }
}
