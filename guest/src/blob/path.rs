//! Upstream's paths, and the names of the objects that they stand for.

use super::error::{DriverError, Reason};
use crate::error::{Error, ErrorKind};
use crate::key::{InvalidKey, MAX_OBJECT_NAME, ObjectName, Root};

/// A path as upstream defines it (`^(/[A-Za-z0-9._-]+)+$`), or `/`. Nothing is normalised: `.` and `..` are ordinary
/// components. The signature covers the path as it is, so a server that resolved them would reject the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<'a>(&'a str);

impl<'a> Path<'a> {
    /// Whether a string is a path of a file or a directory other than `/`.
    pub fn is_valid(path: &str) -> bool {
        let is_component = |component: &str| {
            !component.is_empty() && component.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        path.strip_prefix('/').is_some_and(|below| below.split('/').all(is_component))
    }

    /// A path of a file or a directory other than `/`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`].
    pub(super) fn parse(path: &'a str) -> Result<Self, DriverError> {
        if Self::is_valid(path) {
            return Ok(Self(path));
        }
        let rule = "a path is one or more times / and one or more of A-Z, a-z, 0-9, '.', '_' and '-'";
        Err(invalid(path, rule.to_owned()))
    }

    /// A path that may be `/`.
    pub(super) fn parse_directory(path: &'a str) -> Result<Self, DriverError> {
        if path == "/" { Ok(Self(path)) } else { Self::parse(path) }
    }

    pub(super) fn as_str(self) -> &'a str {
        self.0
    }

    pub(super) fn is_root(self) -> bool {
        self.0 == "/"
    }

    /// The object that holds the file's content.
    pub(super) fn object(self, root: &Root) -> Result<ObjectName, DriverError> {
        let name = [&directory_of(root), self.below()].concat();
        let length = name.len();
        ObjectName::listed(name).ok_or_else(|| invalid(self.0, InvalidKey::TooLong(length).to_string()))
    }

    /// The prefix of the names of all objects below the directory, ending in `/`; empty for the whole bucket. `None` if
    /// no object below the directory could have a name.
    pub(super) fn prefix(self, root: &Root) -> Option<String> {
        let mut prefix = directory_of(root);
        if !self.is_root() {
            prefix.extend([self.below(), "/"]);
        }
        (prefix.len() <= MAX_OBJECT_NAME).then_some(prefix)
    }

    fn below(self) -> &'a str {
        self.0.strip_prefix('/').unwrap_or(self.0)
    }
}

/// The prefix of the names of all objects of a driver.
pub(super) fn directory_of(root: &Root) -> String {
    // This can't fail: the config's check rejects a root that leaves no room for a name.
    root.directory(None).unwrap_or_default()
}

/// The path of an object below the driver's root; `None` if its name is not a path.
pub(super) fn path_of(root: &Root, object: String) -> Option<String> {
    below(root, object).filter(|path| Path::is_valid(path))
}

/// The name of an object relative to the driver's root, with a slash before it; `None` for an object that is not below
/// the root. Reuses the name's memory.
pub(super) fn below(root: &Root, object: String) -> Option<String> {
    root.below(object).map(|mut below| {
        below.insert(0, '/');
        below
    })
}

/// The name of a listed directory without the slash at its end. Reuses the name's memory.
pub(super) fn without_slash(mut name: String) -> String {
    if name.ends_with('/') {
        name.pop();
    }
    name
}

fn invalid(path: &str, why: String) -> DriverError {
    DriverError::new(path, Reason::Storage(Error::new(ErrorKind::InvalidKey, path, why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_upstreams_suite() {
        for path in [
            "/a",
            "/2",
            "/aa",
            "/a.a",
            "/0-9/abcdefg",
            "/abcdefg/z.75",
            "/abc/1.2.3.4.5-6_zyx/123.z/4",
            "/docker/docker-registry",
            "/123.abc",
            "/abc./abc",
            "/.abc",
            "/a--b",
            "/a-.b",
            "/_.abc",
            "/Docker/docker-registry",
            "/Abc/Cba",
            "/a/../b",
            "/.",
        ] {
            assert!(Path::parse(path).is_ok(), "{path}");
        }
        for path in ["", "/", "abc", "123.abc", "//bcd", "/abc_123/", "/a//b", "/a b", "/a+b", "/é", "/a\n", "/a~"] {
            let error = Path::parse(path).unwrap_err();
            assert_eq!((error.kind(), error.path.as_deref()), (Some(ErrorKind::InvalidKey), Some(path)));
            assert!(error.to_string().contains("oss"), "upstream's suite looks for the driver's name");
        }
        assert!(Path::parse_directory("/").unwrap().is_root());
    }

    #[test]
    fn names_of_objects() {
        let root = Root::parse("registry/v2").unwrap();
        let path = Path::parse("/a/../b").unwrap();
        assert_eq!(path.object(&root).unwrap().as_str(), "registry/v2/a/../b");
        assert_eq!(path.prefix(&root).unwrap(), "registry/v2/a/../b/");
        assert_eq!(Path("/").prefix(&root).unwrap(), "registry/v2/");
        assert_eq!(Path("/").prefix(&Root::default()).unwrap(), "");
        assert_eq!(path_of(&root, "registry/v2/a".to_owned()).as_deref(), Some("/a"));
        for foreign in ["registry/v2/a/", "registry/v2/", "registry/v22/a", "registry/v2/a b", "registry/v2//a"] {
            assert_eq!(path_of(&root, foreign.to_owned()), None, "{foreign}");
        }
    }

    #[test]
    fn the_longest_path() {
        let root = Root::parse("r").unwrap();
        let longest = ["/", &"x".repeat(MAX_OBJECT_NAME - 2)].concat();
        let path = Path::parse(&longest).unwrap();
        assert!(path.object(&root).is_ok());
        assert_eq!(path.prefix(&root), None);
        let longer = [&longest, "x"].concat();
        assert_eq!(Path::parse(&longer).unwrap().object(&root).unwrap_err().kind(), Some(ErrorKind::InvalidKey));
    }
}
