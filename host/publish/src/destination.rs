//! Where an artifact goes: a repository of a registry, or a folder with an OCI layout.

use http::uri::Authority;
use std::fmt;
use std::path::PathBuf;

/// What stands before a folder, as skopeo has it.
const LAYOUT: &str = "oci:";
/// As OCI's specification has it.
const TAG_LIMIT: usize = 128;
/// As distribution has it.
const REPOSITORY_LIMIT: usize = 255;

/// Where an artifact goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A repository of a registry.
    Registry(Reference),
    /// A folder with an OCI layout, written `oci:FOLDER:TAG`.
    Layout {
        /// The folder.
        folder: PathBuf,
        /// The tag; none is the artifact's version.
        tag: Option<String>,
    },
}

/// A repository of a registry, with a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The registry: a host, and a port where it has one of its own.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// The tag; none is the artifact's version.
    pub tag: Option<String>,
}

/// Why a text names no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// There is no host before the first slash.
    #[error("a destination begins with the registry's host, as in registry.example.com/ossicle/certificates")]
    NoRegistry,
    /// The host can't be one.
    #[error("{0:?} is not a host with or without a port")]
    Registry(String),
    /// The name can't be that of a repository.
    #[error("{0:?} is not the name of a repository: lower-case letters, digits and ._- between slashes")]
    Repository(String),
    /// The tag can't be one.
    #[error("{0:?} is not a tag: at most 128 letters, digits and ._-, none of .- at the start")]
    Tag(String),
    /// Credentials stand in files, where no list of processes shows them.
    #[error("a destination has no user and no password: these come from the files that `docker login` writes")]
    User,
    /// A digest is what a push comes to, and can't be asked for.
    #[error("an artifact is pushed to a tag, and its digest follows from its content")]
    Digest,
    /// There is no folder after `oci:`.
    #[error("oci: is followed by a folder, as in oci:artifacts or oci:artifacts:0.4.0")]
    NoFolder,
}

impl Destination {
    /// Reads `HOST[:PORT]/REPOSITORY[:TAG]` or `oci:FOLDER[:TAG]`.
    pub fn parse(text: &str) -> Result<Self, DestinationError> {
        match text.strip_prefix(LAYOUT) {
            Some(rest) => {
                let (folder, tag) = tagged(rest)?;
                if folder.is_empty() {
                    return Err(DestinationError::NoFolder);
                }
                Ok(Self::Layout { folder: folder.into(), tag })
            }
            None => Reference::parse(text).map(Self::Registry),
        }
    }
}

impl Reference {
    fn parse(text: &str) -> Result<Self, DestinationError> {
        let (registry, rest) = text.split_once('/').ok_or(DestinationError::NoRegistry)?;
        if registry.contains('@') {
            return Err(DestinationError::User);
        }
        if rest.contains('@') {
            return Err(DestinationError::Digest);
        }
        if !(registry.contains(['.', ':']) || registry == "localhost") {
            return Err(DestinationError::NoRegistry);
        }
        let authority: Authority = registry.parse().map_err(|_| DestinationError::Registry(registry.to_owned()))?;
        // The port of an authority may be anything.
        let has_port = registry.len() > authority.host().len();
        if authority.host().is_empty() || (has_port && authority.port_u16().is_none()) {
            return Err(DestinationError::Registry(registry.to_owned()));
        }
        let (repository, tag) = tagged(rest)?;
        if !is_repository(repository) {
            return Err(DestinationError::Repository(repository.to_owned()));
        }
        Ok(Self { registry: registry.to_owned(), repository: repository.to_owned(), tag })
    }

    /// The host that speaks the protocol. Docker Hub's has another name than the registry.
    pub(crate) fn host(&self) -> &str {
        match self.registry.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            registry => registry,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))
    }
}

/// What stands before a tag, and the tag.
fn tagged(text: &str) -> Result<(&str, Option<String>), DestinationError> {
    // A colon before a slash belongs to a folder.
    match text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((name, tag)) if is_tag(tag) => Ok((name, Some(tag.to_owned()))),
        Some((_, tag)) => Err(DestinationError::Tag(tag.to_owned())),
        None => Ok((text, None)),
    }
}

fn is_tag(text: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.len() <= TAG_LIMIT
        && text.starts_with(is_word)
        && text.chars().all(|letter| is_word(letter) || letter == '.' || letter == '-')
}

fn is_repository(text: &str) -> bool {
    text.len() <= REPOSITORY_LIMIT && text.split('/').all(is_component)
}

/// Letters and digits, and between two of them a dot, one or two underscores, or hyphens.
fn is_component(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let mut separators = text.split(is_letter).filter(|between| !between.is_empty());
    text.starts_with(is_letter)
        && text.ends_with(is_letter)
        && separators.all(|between| matches!(between, "." | "_" | "__") || between.chars().all(|letter| letter == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(text: &str) -> (String, String, Option<String>) {
        match Destination::parse(text) {
            Ok(Destination::Registry(Reference { registry, repository, tag })) => (registry, repository, tag),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn registries_repositories_and_tags_are_told_apart() {
        let tagged = |tag: &str| Some(tag.to_owned());
        let host = |host: &str| host.to_owned();
        assert_eq!(reference("localhost/a"), (host("localhost"), host("a"), None));
        assert_eq!(reference("127.0.0.1:5000/a/b:1.0"), (host("127.0.0.1:5000"), host("a/b"), tagged("1.0")));
        assert_eq!(reference("[::1]:5000/a:v_1"), (host("[::1]:5000"), host("a"), tagged("v_1")));
        assert_eq!(reference("r.example/a-b/c__d/e.f"), (host("r.example"), host("a-b/c__d/e.f"), None));
    }

    #[test]
    fn what_names_no_destination_is_refused() {
        for (text, expected) in [
            ("ossicle/certificates", DestinationError::NoRegistry),
            ("certificates", DestinationError::NoRegistry),
            ("", DestinationError::NoRegistry),
            ("r.example/", DestinationError::Repository(String::new())),
            ("r.example/A", DestinationError::Repository("A".to_owned())),
            ("r.example/a//b", DestinationError::Repository("a//b".to_owned())),
            ("r.example/a..b", DestinationError::Repository("a..b".to_owned())),
            ("r.example/a?b", DestinationError::Repository("a?b".to_owned())),
            ("r.example/a:", DestinationError::Tag(String::new())),
            ("r.example/a:-x", DestinationError::Tag("-x".to_owned())),
            ("r.example/a@sha256:00", DestinationError::Digest),
            ("user:secret@r.example/a", DestinationError::User),
            ("r.example:/a", DestinationError::Registry("r.example:".to_owned())),
            ("r.example:port/a", DestinationError::Registry("r.example:port".to_owned())),
            ("oci:", DestinationError::NoFolder),
        ] {
            assert_eq!(Destination::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_folder_may_have_colons_and_a_tag() {
        let layout = |text| match Destination::parse(text) {
            Ok(Destination::Layout { folder, tag }) => (folder.display().to_string(), tag),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(layout("oci:folder"), ("folder".to_owned(), None));
        assert_eq!(layout("oci:./a:b/c:1"), ("./a:b/c".to_owned(), Some("1".to_owned())));
        assert_eq!(layout("oci:/a:b/c"), ("/a:b/c".to_owned(), None));
    }
}
