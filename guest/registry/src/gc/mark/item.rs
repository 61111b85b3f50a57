//! Recognises what a path of the layout is: a blob, a link, a tag or something else.

use crate::digest::Digest;
use crate::gc::facts::Kind;
use crate::layout;

/// The meaning of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// The content of a blob.
    Blob(Digest),
    /// A link of a repository.
    Link { kind: Kind, repository: &'a str, digest: Digest },
    /// The link of a tag.
    Tag { repository: &'a str, tag: &'a str },
    /// An entry in the history of a tag: a manifest that it names or named.
    TagIndex { repository: &'a str, tag: &'a str, digest: Digest },
    /// An entry in a list of referrers: a manifest that refers to another one.
    Referrer { repository: &'a str, digest: Digest },
    /// A file of the upload with this folder.
    Upload(&'a str),
    /// Anything else.
    Other,
}

impl<'a> Item<'a> {
    /// Parses a path.
    pub(crate) fn parse(path: &'a str) -> Self {
        Self::blob(path).or_else(|| Self::in_repository(path)).unwrap_or(Self::Other)
    }

    fn blob(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix(&layout::blobs())?.strip_prefix('/')?.split('/');
        let (algorithm, fan, hex, file) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_blob = file == "data" && parts.next().is_none() && hex.starts_with(fan);
        is_blob.then(|| digest(algorithm, hex).map(Self::Blob))?
    }

    fn in_repository(path: &'a str) -> Option<Self> {
        let path_in = path.strip_prefix(&layout::repositories())?.strip_prefix('/')?;
        // No component of a repository's name begins with an underscore.
        let (repository, inner) = path_in.split_at_checked(path_in.find("/_")?)?;
        let inner: Vec<&str> = inner.split('/').skip(1).collect();
        let link = |kind, algorithm, hex| Some(Self::Link { kind, repository, digest: digest(algorithm, hex)? });
        match *inner.as_slice() {
            ["_layers", algorithm, hex, "link"] => link(Kind::Blob, algorithm, hex),
            ["_manifests", "revisions", algorithm, hex, "link"] => link(Kind::Manifest, algorithm, hex),
            ["_manifests", "tags", tag, "current", "link"] => Some(Self::Tag { repository, tag }),
            ["_manifests", "tags", tag, "index", algorithm, hex, "link"] => {
                Some(Self::TagIndex { repository, tag, digest: digest(algorithm, hex)? })
            }
            ["_referrers", _, _, algorithm, hex, "link"] => {
                Some(Self::Referrer { repository, digest: digest(algorithm, hex)? })
            }
            ["_uploads", id, ..] => {
                let end = path.len() - path_in.len() + repository.len() + "/_uploads/".len() + id.len();
                path.get(..end).map(Self::Upload)
            }
            _ => None,
        }
    }
}

fn digest(algorithm: &str, hex: &str) -> Option<Digest> {
    Digest::parse(&format!("{algorithm}:{hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::RepositoryName;

    #[test]
    fn paths_of_the_layout_are_recognised() {
        let digest = Digest::parse(&format!("sha256:{}", "ab".repeat(32))).unwrap();
        assert_eq!(Item::parse(&layout::blob(&digest)), Item::Blob(digest.clone()));
        let name = RepositoryName::parse("a/b").unwrap();
        for (kind, path) in
            [(Kind::Blob, layout::layer_link(&name, &digest)), (Kind::Manifest, layout::revision_link(&name, &digest))]
        {
            assert_eq!(Item::parse(&path), Item::Link { kind, repository: "a/b", digest: digest.clone() });
        }
        let repositories = layout::repositories();
        let tag = format!("{repositories}/a/_manifests/tags/v1/current/link");
        assert_eq!(Item::parse(&tag), Item::Tag { repository: "a", tag: "v1" });
        let upload = format!("{repositories}/a/b/_uploads/1234/hashstates/sha256/0");
        assert_eq!(Item::parse(&upload), Item::Upload(&format!("{repositories}/a/b/_uploads/1234")));
    }

    #[test]
    fn paths_outside_the_layout_are_other() {
        let (hex, blobs, repositories) = ("ab".repeat(32), layout::blobs(), layout::repositories());
        for path in [
            format!("{blobs}/sha256/aa/{hex}/data"),
            format!("{blobs}/sha256/ab/{hex}/data/x"),
            format!("{repositories}/_layers/sha256/{hex}/link"),
            format!("{repositories}/a/_layers/sha256/{hex}/link/x"),
            format!("{repositories}/a/_layers/md5/{hex}/link"),
            format!("{repositories}/a/_other/sha256/{hex}/link"),
            "/_ossicle/gc/log".to_owned(),
        ] {
            assert_eq!(Item::parse(&path), Item::Other, "{path}");
        }
    }
}
