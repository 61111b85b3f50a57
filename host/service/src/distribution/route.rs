//! What a request is about, as metrics have it: never a name that clients choose.

/// The kind of thing that a path of the registry stands for.
pub(super) fn kind(path: &str) -> &'static str {
    let below = match path.strip_prefix("/v2") {
        Some("" | "/") => return "base",
        Some("/_catalog") => return "catalog",
        Some(below) => below,
        None if path == "/ui" || path.starts_with("/ui/") => return "ui",
        None => return "other",
    };
    let mut components = below.rsplit('/');
    match [components.next(), components.next(), components.next()] {
        [Some("list"), Some("tags"), _] => "tags",
        [_, Some("manifests"), _] => "manifest",
        [_, Some("referrers"), _] => "referrers",
        [Some("uploads"), Some("blobs"), _] | [_, Some("uploads"), Some("blobs")] => "upload",
        [_, Some("blobs"), _] => "blob",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn paths_are_told_by_their_end() {
        for (path, expected) in [
            ("/v2", "base"),
            ("/v2/", "base"),
            ("/v2/_catalog", "catalog"),
            ("/v2/tags/list/tags/list", "tags"),
            ("/v2/a/blobs/uploads/manifests/v1", "manifest"),
            ("/v2/a/blobs/uploads/", "upload"),
            ("/v2/a/blobs/uploads", "upload"),
            ("/v2/a/blobs/uploads/u-1", "upload"),
            ("/v2/a/b/blobs/sha256:0", "blob"),
            ("/v2/a/referrers/sha256:0", "referrers"),
            ("/v2/a", "other"),
            ("/v1/a/blobs/b", "other"),
            ("/ui", "ui"),
            ("/ui/page.css", "ui"),
            ("/uix", "other"),
        ] {
            assert_eq!(kind(path), expected, "{path}");
        }
    }
}
