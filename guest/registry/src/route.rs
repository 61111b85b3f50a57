//! What a path stands for.
//!
//! The name of a repository may hold slashes and words such as `blobs` or `manifests`, so the path is read from its end.

use percent_encoding::percent_decode_str;

use crate::digest::Digest;
use crate::failure::{ErrorCode, Failure};
use crate::name::RepositoryName;
use crate::reference::Reference;

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Base,
    Catalog,
    Tags(RepositoryName),
    Manifest(RepositoryName, Reference),
    Blob(RepositoryName, Digest),
    Uploads(RepositoryName),
    Upload(RepositoryName, String),
    Referrers(RepositoryName, Digest),
}

fn name(components: &[&str]) -> Result<RepositoryName, Failure> {
    let text = components.join("/");
    RepositoryName::parse(&text).ok_or_else(|| {
        let message =
            "the name is not lower-case letters and digits, separated by . _ __ - and /, of 255 characters at most";
        Failure::bad_request(ErrorCode::NameInvalid, message).with_detail(text.into())
    })
}

fn digest(text: &str) -> Result<Digest, Failure> {
    Digest::parse(text).ok_or_else(|| Failure::invalid_digest(text))
}

fn no_endpoint() -> Failure {
    Failure::not_found(ErrorCode::Unsupported, "there is nothing at this path")
}

/// The first part of the name of the repository that a path is about, decoded as the registry decodes it. `None` where there
/// is no name: at `/v2/`, and at what is not below it. A registry is chosen by this where several share a host.
pub fn first_part_of_name(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let below = decoded.strip_prefix("/v2/")?;
    let first = below.split('/').next().filter(|first| !first.is_empty())?;
    Some(first.to_owned())
}

impl Route {
    /// What a path stands for.
    pub fn parse(path: &str) -> Result<Self, Failure> {
        let decoded = percent_decode_str(path).decode_utf8().map_err(|_| no_endpoint())?;
        let below = match decoded.strip_prefix("/v2") {
            Some("" | "/") => return Ok(Self::Base),
            Some("/_catalog") => return Ok(Self::Catalog),
            Some(below) => below.strip_prefix('/').ok_or_else(no_endpoint)?,
            None => return Err(no_endpoint()),
        };
        let components: Vec<&str> = below.split('/').collect();
        match components.as_slice() {
            [repository @ .., "tags", "list"] if !repository.is_empty() => Ok(Self::Tags(name(repository)?)),
            [repository @ .., "manifests", reference] if !repository.is_empty() => {
                Ok(Self::Manifest(name(repository)?, Reference::parse(reference)?))
            }
            [repository @ .., "blobs", "uploads", ""] | [repository @ .., "blobs", "uploads"]
                if !repository.is_empty() =>
            {
                Ok(Self::Uploads(name(repository)?))
            }
            [repository @ .., "blobs", "uploads", uuid] if !repository.is_empty() => {
                Ok(Self::Upload(name(repository)?, (*uuid).to_owned()))
            }
            [repository @ .., "referrers", subject] if !repository.is_empty() => {
                Ok(Self::Referrers(name(repository)?, digest(subject)?))
            }
            [repository @ .., "blobs", blob] if !repository.is_empty() => {
                Ok(Self::Blob(name(repository)?, digest(blob)?))
            }
            _ => Err(no_endpoint()),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn repository(text: &str) -> RepositoryName {
        RepositoryName::parse(text).unwrap()
    }

    #[test]
    fn names_may_hold_the_words_of_the_protocol() {
        let hex = format!("sha256:{}", "0".repeat(64));
        let digest = Digest::parse(&hex).unwrap();
        let reference = Reference::parse("v1").unwrap();
        for (path, route) in [
            ("/v2/".to_owned(), Route::Base),
            ("/v2".to_owned(), Route::Base),
            ("/v2/_catalog".to_owned(), Route::Catalog),
            ("/v2/a/tags/list".to_owned(), Route::Tags(repository("a"))),
            ("/v2/tags/list/tags/list".to_owned(), Route::Tags(repository("tags/list"))),
            ("/v2/manifests/manifests/v1".to_owned(), Route::Manifest(repository("manifests"), reference.clone())),
            ("/v2/a/blobs/uploads/manifests/v1".to_owned(), Route::Manifest(repository("a/blobs/uploads"), reference)),
            ("/v2/a/manifests/blobs/uploads/".to_owned(), Route::Uploads(repository("a/manifests"))),
            ("/v2/a/blobs/uploads".to_owned(), Route::Uploads(repository("a"))),
            ("/v2/blobs/blobs/uploads/u-1".to_owned(), Route::Upload(repository("blobs"), "u-1".to_owned())),
            (format!("/v2/a/b/blobs/{hex}"), Route::Blob(repository("a/b"), digest.clone())),
            (format!("/v2/a/blobs/{}", hex.replace(':', "%3A")), Route::Blob(repository("a"), digest.clone())),
            (format!("/v2/a/referrers/{hex}"), Route::Referrers(repository("a"), digest)),
        ] {
            assert_eq!(Route::parse(&path).unwrap(), route, "{path}");
        }
    }

    #[test]
    fn first_part_of_a_name_is_that_of_the_decoded_path() {
        for (path, expected) in [
            ("/v2/a/b/tags/list", Some("a")),
            ("/v2/%61/b/tags/list", Some("a")),
            ("/v2/a%2Fb/tags/list", Some("a")),
            ("/v2%2Fa/tags/list", Some("a")),
            ("/v2/_catalog", Some("_catalog")),
            ("/v2//a/tags/list", None),
            ("/v2/", None),
            ("/v2", None),
            ("/v1/a", None),
            ("/v2/%FF/tags/list", None),
        ] {
            assert_eq!(first_part_of_name(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn wrong_paths_say_what_is_wrong() {
        for (path, status, code) in [
            ("/", StatusCode::NOT_FOUND, ErrorCode::Unsupported),
            ("/v1/", StatusCode::NOT_FOUND, ErrorCode::Unsupported),
            ("/v2x", StatusCode::NOT_FOUND, ErrorCode::Unsupported),
            ("/v2/a", StatusCode::NOT_FOUND, ErrorCode::Unsupported),
            ("/v2/manifests/x", StatusCode::NOT_FOUND, ErrorCode::Unsupported),
            ("/v2/A/tags/list", StatusCode::BAD_REQUEST, ErrorCode::NameInvalid),
            ("/v2/a//b/tags/list", StatusCode::BAD_REQUEST, ErrorCode::NameInvalid),
            ("/v2/a/blobs/sha256:x", StatusCode::BAD_REQUEST, ErrorCode::DigestInvalid),
            ("/v2/a/referrers/x", StatusCode::BAD_REQUEST, ErrorCode::DigestInvalid),
            ("/v2/a/manifests/sha256:baddigeststring", StatusCode::BAD_REQUEST, ErrorCode::DigestInvalid),
            ("/v2/a/manifests/.x", StatusCode::BAD_REQUEST, ErrorCode::TagInvalid),
        ] {
            let failure = Route::parse(path).unwrap_err();
            assert_eq!((failure.status, failure.errors[0].code), (status, code), "{path}");
        }
    }
}
