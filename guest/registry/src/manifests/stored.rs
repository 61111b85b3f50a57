//! What the registry reads of a manifest that is stored, whoever stored it.
//!
//! Other registries took what this one would refuse, and no media type is kept beside a manifest. So nothing here fails: what
//! can't be read is not there. The bytes are given as they are.

use serde_json::{Map, Value};

use super::document::{DOCKER_LIST, DOCKER_MANIFEST, Descriptor, OCI_INDEX, OCI_MANIFEST, is_not_distributed};
use crate::digest::Digest;
use crate::gc::Kind;

/// The media type of content that is not a manifest. A client that asked for a manifest sees by it that it got none, and
/// whoever wants the bytes gets them.
const OCTETS: &str = "application/octet-stream";

/// What Docker's first schema calls itself, where it does: with or without signatures.
const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+";

/// What registries know of a manifest's media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// One of Docker's second schema or OCI's.
    Known,
    /// Docker's first schema.
    Schema1,
    /// Another one.
    Unknown,
    /// It states none, and its form is that of no manifest.
    None,
}

/// Something that a manifest names and that must be in its repository, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedContent {
    pub kind: Kind,
    pub digest: String,
    pub size: Option<u64>,
}

/// A manifest that is stored: a JSON object, or anything else.
#[derive(Clone, Debug)]
pub(crate) struct Stored(Option<Map<String, Value>>);

impl Stored {
    /// Reads content as far as it can be read.
    pub fn read(content: &[u8]) -> Self {
        match serde_json::from_slice(content) {
            Ok(Value::Object(members)) => Self(Some(members)),
            _ => Self(None),
        }
    }

    /// Whether it is a JSON object. Only one can be a manifest.
    pub fn is_object(&self) -> bool {
        self.0.is_some()
    }

    /// All of it.
    pub fn value(&self) -> Option<&Map<String, Value>> {
        self.0.as_ref()
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The media type: the one it states, if that can stand in a header, or OCI's by its form.
    pub fn media_type(&self) -> &str {
        let can_stand = |stated: &&str| stated.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if let Some(stated) = self.text("mediaType").filter(can_stand) {
            return stated;
        }
        let has = |names: &[&str]| names.iter().any(|name| self.member(name).is_some());
        if has(&["manifests"]) {
            OCI_INDEX
        } else if has(&["config", "layers", "schemaVersion"]) {
            OCI_MANIFEST
        } else {
            OCTETS
        }
    }

    /// What registries know of its media type.
    pub fn kind(&self) -> MediaType {
        match self.media_type() {
            _ if self.is_schema_1() => MediaType::Schema1,
            OCI_INDEX | OCI_MANIFEST | DOCKER_LIST | DOCKER_MANIFEST => MediaType::Known,
            OCTETS => MediaType::None,
            _ => MediaType::Unknown,
        }
    }

    /// What it names that must be in its repository, as far as its form is that of an image or an index. Layers that are
    /// fetched from elsewhere need not be.
    pub fn named(&self) -> Vec<NamedContent> {
        let list = |name| self.member(name).and_then(Value::as_array).into_iter().flatten();
        let manifests = list("manifests").map(|descriptor| (Kind::Manifest, descriptor));
        let layers = list("layers").filter(|layer| !is_elsewhere(layer));
        let blobs = self.member("config").into_iter().chain(layers).map(|descriptor| (Kind::Blob, descriptor));
        let named = manifests.chain(blobs).filter_map(|(kind, descriptor)| {
            let digest = descriptor.get("digest")?.as_str()?.to_owned();
            Some(NamedContent { kind, digest, size: descriptor.get("size").and_then(Value::as_u64) })
        });
        named.collect()
    }

    /// Whether it is one of Docker's first schema.
    pub fn is_schema_1(&self) -> bool {
        let version = self.member("schemaVersion").and_then(Value::as_u64);
        version == Some(1) || self.text("mediaType").is_some_and(|stated| stated.starts_with(SCHEMA_1))
    }

    /// The digest of what it refers to.
    pub fn subject(&self) -> Option<Digest> {
        Digest::parse(self.member("subject")?.get("digest")?.as_str()?)
    }

    /// The digests of an index's entries.
    pub fn entries(&self) -> Vec<Digest> {
        let entries = self.member("manifests").and_then(Value::as_array).into_iter().flatten();
        entries.filter_map(|entry| Digest::parse(entry.get("digest")?.as_str()?)).collect()
    }

    /// How a list of referrers describes it.
    pub fn describe(&self, digest: &Digest, size: u64) -> Descriptor {
        let config_type = || self.member("config")?.get("mediaType")?.as_str();
        let annotations = self.member("annotations").and_then(Value::as_object).map(|annotations| {
            let texts = annotations.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            texts.collect()
        });
        Descriptor {
            media_type: self.media_type().to_owned(),
            digest: digest.to_string(),
            size,
            artifact_type: self.text("artifactType").or_else(config_type).map(str::to_owned),
            annotations,
            urls: None,
        }
    }
}

/// Whether a layer is one that may not be distributed by registries, or that states where else it is.
fn is_elsewhere(layer: &Value) -> bool {
    let has_urls = layer.get("urls").and_then(Value::as_array).is_some_and(|urls| !urls.is_empty());
    has_urls || layer.get("mediaType").and_then(Value::as_str).is_some_and(is_not_distributed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_is_the_stated_one_or_follows_from_the_form() {
        for (content, expected) in [
            (r#"{"schemaVersion":2,"mediaType":"application/vnd.x+json"}"#, "application/vnd.x+json"),
            (r#"{"manifests":null}"#, OCI_INDEX),
            (r#"{"schemaVersion":2,"manifests":[{"size":"wrong"}]}"#, OCI_INDEX),
            (r#"{"schemaVersion":2}"#, OCI_MANIFEST),
            (r#"{"mediaType":7,"layers":7}"#, OCI_MANIFEST),
            ("{\"mediaType\":\"a\\nb\",\"config\":{}}", OCI_MANIFEST),
            (r#"{"mediaType":""}"#, OCTETS),
            ("{}", OCTETS),
            ("[]", OCTETS),
            ("", OCTETS),
            ("\u{1f}\u{8b}", OCTETS),
        ] {
            assert_eq!(Stored::read(content.as_bytes()).media_type(), expected, "{content}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_not_there() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let stored = Stored::read(
            format!(
                r#"{{"subject":{{"digest":"{digest}"}},"annotations":{{"a":"b","c":1}},"artifactType":"",
                    "config":{{"mediaType":"x"}},"manifests":[{{"digest":"md5:1"}},7,{{"digest":"{digest}"}}]}}"#
            )
            .as_bytes(),
        );
        assert_eq!(stored.subject().map(|subject| subject.to_string()), Some(digest.clone()));
        assert_eq!(stored.entries().len(), 1);
        let described = stored.describe(&stored.entries()[0], 3);
        assert_eq!(described.artifact_type.as_deref(), Some("x"));
        assert_eq!(described.annotations.unwrap().into_iter().collect::<Vec<_>>(), [("a".into(), "b".into())]);
        let nothing = Stored::read(b"\0");
        assert_eq!((nothing.subject(), nothing.entries().len(), nothing.is_object()), (None, 0, false));
    }
}
