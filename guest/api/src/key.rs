//! The names of values, files and uploads in paths and documents.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::operation::LONGEST_NAME;
use crate::problem::{Problem, ProblemKind};

/// The pattern of a file's path.
pub(crate) const PATH_PATTERN: &str = r"^(/[A-Za-z0-9._-]+)+$";

/// The pattern of a media type: a type and a subtype of the characters of RFC 6838, and optional parameters.
pub(crate) const MEDIA_TYPE_PATTERN: &str = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *;[ -~]*)?$";

/// The longest name of an object in OSS, in bytes. Because the tenant's root comes before it, a key must be still
/// shorter, which the component checks.
const LONGEST: usize = 1023;

/// The longest path of a file, including the slash at its beginning.
pub(crate) const LONGEST_PATH: usize = LONGEST_NAME as usize + 1;

fn refused(text: &str, why: &str) -> Problem {
    Problem::new(ProblemKind::InvalidKey, why).at(text)
}

/// Checks the key of a value: components with `/` between them, none of them empty, `.` or `..`. The component would
/// normalise other strings; here they are rejected, so that every value has one address.
pub(crate) fn key(text: &str) -> Result<String, Problem> {
    if text.split('/').any(|component| matches!(component, "" | "." | "..")) {
        return Err(refused(text, "a component of the key is empty, `.` or `..`"));
    }
    if text.chars().any(char::is_control) || text.starts_with('\\') {
        return Err(refused(text, "the key contains a control character or begins with a backslash"));
    }
    if text.len() > LONGEST {
        return Err(refused(text, "the key is longer than 1023 bytes"));
    }
    Ok(text.to_owned())
}

/// Checks a directory of keys; empty means all keys.
pub(crate) fn prefix(text: &str) -> Result<String, Problem> {
    if text.is_empty() { Ok(String::new()) } else { key(text) }
}

/// Checks the path of a file: one or more times `/` and a component of `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`.
pub(crate) fn path(text: &str) -> Result<String, Problem> {
    let is_component = |component: &str| {
        !component.is_empty()
            && component.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    if !text.strip_prefix('/').is_some_and(|below| below.split('/').all(is_component)) {
        return Err(refused(
            text,
            "a path consists of one or more times / and a component of A-Z, a-z, 0-9, ., _ and -",
        ));
    }
    if text.len() > LONGEST_PATH {
        return Err(refused(text, "the path is longer than 901 characters"));
    }
    Ok(text.to_owned())
}

/// Checks the path of a directory, or `/`.
pub(crate) fn directory(text: &str) -> Result<String, Problem> {
    if text == "/" { Ok(text.to_owned()) } else { path(text) }
}

/// The name of an upload in paths of requests: OSS finds an upload by its id and the file's path together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UploadName {
    /// OSS's id.
    pub id: String,
    /// The path of the file.
    pub path: String,
}

impl UploadName {
    /// Encodes the name as one component of a path.
    pub fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{}", self.id, self.path))
    }

    /// Decodes a name. An invalid one is treated like the name of an upload that does not exist.
    pub fn decode(text: &str) -> Result<Self, Problem> {
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let parts = decoded.as_deref().and_then(|decoded| decoded.split_once(':'));
        parts
            .filter(|(id, name)| {
                !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && path(name).is_ok()
            })
            .map(|(id, path)| Self { id: id.to_owned(), path: path.to_owned() })
            .ok_or_else(|| Problem::new(ProblemKind::NotFound, "there is no such upload").at(text))
    }
}

/// Checks whether a media type can be stored with a file.
pub(crate) fn media_type(text: &str) -> Result<&str, Problem> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let is_type = essence.trim_end_matches(' ').split_once('/').is_some_and(|(kind, subtype)| {
        [kind, subtype].iter().all(|part| !part.is_empty() && part.bytes().all(is_token))
    });
    let is_printable = parameters.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_type && is_printable && text.len() <= 255 {
        Ok(text)
    } else {
        Err(Problem::invalid("the content's type is not a media type of at most 255 characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_normal_form_or_refused() {
        for text in ["a/b", "ä b", ".a/..b", "...", "a\\"] {
            assert_eq!(key(text).unwrap(), text);
        }
        for text in ["", "/", ".", "a//b", "/a", "a/", "a/./b", "a/../b", "..", "a\nb", "\\a", &"x".repeat(1024)] {
            assert_eq!(key(text).unwrap_err().kind(), ProblemKind::InvalidKey, "{text:?}");
        }
        assert_eq!((prefix("").unwrap(), prefix("a").unwrap()), (String::new(), "a".to_owned()));
        assert!(prefix("..").is_err() && prefix("a/").is_err());
    }

    #[test]
    fn paths_have_components_of_allowed_characters() {
        for text in ["/a", "/a/b.c", "/..", "/A-z_0.9"] {
            assert_eq!(path(text).unwrap(), text);
        }
        for text in ["", "/", "a", "/a/", "//a", "/a//b", "/a b", "/ä", &format!("/{}", "x".repeat(901))] {
            assert_eq!(path(text).unwrap_err().kind(), ProblemKind::InvalidKey, "{text:?}");
        }
        assert_eq!(directory("/").unwrap(), "/");
    }

    #[test]
    fn names_of_uploads_are_read_as_they_were_made() {
        let name = UploadName { id: "0004B9894A22E5B1888A1E29F8236E2D".to_owned(), path: "/a/b".to_owned() };
        assert_eq!(UploadName::decode(&name.encode()).unwrap(), name);
        for wrong in ["", "x", "!", &BASE64_URL_SAFE_NO_PAD.encode("a/b:/x"), &BASE64_URL_SAFE_NO_PAD.encode("a:b")] {
            assert_eq!(UploadName::decode(wrong).unwrap_err().kind(), ProblemKind::NotFound, "{wrong}");
        }
    }

    #[test]
    fn media_types_have_two_parts() {
        for text in ["text/plain", "application/vnd.oci.image.manifest.v1+json", "text/plain; charset=utf-8"] {
            assert_eq!(media_type(text).unwrap(), text);
        }
        for text in ["", "text", "/", "text/", "a b/c", "text/plain;\u{7f}", &format!("a/{}", "b".repeat(255))] {
            assert!(media_type(text).is_err(), "{text:?}");
        }
    }
}
