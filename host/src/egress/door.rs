//! One place that requests may go to.

use super::Reach;
use crate::config::origin::Origin;
use http::Uri;

/// A place that requests may go to.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) origin: Origin,
    /// Which addresses its host may have.
    pub(crate) reach: Reach,
    /// The paths that may be asked for: these, or what begins with one that ends in a slash. None means all.
    pub(crate) paths: Option<&'static [&'static str]>,
}

impl Door {
    /// Whether a request may go through.
    pub(crate) fn opens_to(&self, uri: &Uri) -> bool {
        uri.authority().is_some_and(|authority| self.origin.is(uri.scheme(), authority))
            && self.paths.is_none_or(|paths| paths.iter().any(|path| is_within(uri.path(), path)))
    }
}

/// Whether a path is the one given or, where that ends in a slash, one component below it.
fn is_within(path: &str, given: &str) -> bool {
    path == given
        || given.len() > 1
            && given.ends_with('/')
            && path
                .strip_prefix(given)
                .is_some_and(|rest| !rest.contains(['/', '%', '\\']) && rest != ".." && rest != ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_no_further() {
        assert!(is_within("/", "/") && is_within("/a/role", "/a/") && is_within("/a/", "/a/"));
        for path in ["/x", "/a", "/a/..", "/a/b/c", "/a/%2e%2e", "/b/role", "/ab"] {
            assert!(!is_within(path, "/a/") && !is_within(path, "/"), "{path}");
        }
    }
}
