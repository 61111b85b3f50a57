//! Finds the digests that a manifest names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::digest::{Algorithm, Digest};
use crate::manifests::Stored;

/// The digests that a manifest names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// All digests: of blobs, of manifests, and of the subject.
    pub digests: BTreeSet<Digest>,
    /// The subject, to which the manifest is a referrer.
    pub subject: Option<Digest>,
    /// Whether the content is a JSON object, as every manifest is.
    pub is_readable: bool,
}

impl Named {
    /// Finds every digest that a manifest names, in any descriptor at any depth: layers, configs, the manifests of an
    /// index, the subject, and the content of kinds of manifests that this program does not know. One digest too many
    /// keeps a blob; one too few would lose it.
    ///
    /// In content that is not a JSON object, everything that looks like a digest counts, because the structure does not
    /// say what is named. A more lenient reader may accept the content as JSON.
    pub fn of(manifest: &[u8]) -> Self {
        let stored = Stored::read(manifest);
        let mut digests = BTreeSet::new();
        match stored.value() {
            Some(members) => collect(members.iter(), &mut digests),
            None => scan(&unescape(manifest), &mut digests),
        }
        Self { digests, subject: stored.subject(), is_readable: stored.is_object() }
    }
}

/// The members that contain a digest: the one of descriptors, and the one of Docker's schema 1. Clients written in Go
/// accept their names in any case.
const MEMBERS: [&str; 2] = ["digest", "blobSum"];

fn collect<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, found: &mut BTreeSet<Digest>) {
    for (name, value) in members {
        match value {
            Value::String(text) if MEMBERS.iter().any(|member| member.eq_ignore_ascii_case(name)) => {
                found.extend(Digest::parse(text));
            }
            value => collect_below(value, found),
        }
    }
}

fn collect_below(value: &Value, found: &mut BTreeSet<Digest>) {
    match value {
        Value::Object(members) => collect(members.iter(), found),
        Value::Array(values) => values.iter().for_each(|value| collect_below(value, found)),
        _ => {}
    }
}

/// Finds everything in a text that looks like a digest.
fn scan(text: &[u8], found: &mut BTreeSet<Digest>) {
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let prefix = format!("{}:", algorithm.name());
        for place in 0..text.len() {
            let Some(rest) = text.get(place..).and_then(|rest| rest.strip_prefix(prefix.as_bytes())) else { continue };
            let encoded = rest.get(..algorithm.encoded_length()).and_then(|hex| std::str::from_utf8(hex).ok());
            found.extend(encoded.and_then(|encoded| Digest::parse(&format!("{prefix}{encoded}"))));
        }
    }
}

/// Decodes the ASCII characters of a text that JSON allows to be escaped, such as `\u0073`.
fn unescape(text: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, following)) = rest.split_first() {
        let escaped = rest.strip_prefix(b"\\u00").and_then(|rest| rest.get(..2));
        let escaped = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        plain.push(escaped.unwrap_or(*first));
        rest = escaped.and_then(|_| rest.get("\\u0073".len()..)).unwrap_or(following);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> String {
        format!("sha256:{}", String::from(digit).repeat(64))
    }

    fn found(content: &str) -> Vec<String> {
        Named::of(content.as_bytes()).digests.iter().map(Digest::to_string).collect()
    }

    #[test]
    fn every_descriptor_counts_wherever_it_is() {
        let long = format!("sha512:{}", "e".repeat(128));
        let manifest = format!(
            r#"{{"config":{{"digest":"{}"}},"layers":[{{"Digest":"{}"}}],"subject":{{"digest":"{long}"}},
                "manifests":[{{"digest":"{}","unknown":[{{"digest":"{}"}}]}}],"fsLayers":[{{"blobSum":"{}"}}],
                "annotations":{{"org.example.base":"{}","digest":"not a digest"}}}}"#,
            digest('1'),
            digest('2'),
            digest('3'),
            digest('4'),
            digest('5'),
            digest('6'),
        );
        let expected: Vec<String> = "12345".chars().map(digest).chain([long.clone()]).collect();
        assert_eq!(found(&manifest), expected);
        assert_eq!(Named::of(manifest.as_bytes()).subject.unwrap().to_string(), long);
    }

    #[test]
    fn content_that_is_not_an_object_names_everything_that_looks_like_a_digest() {
        let [one, two, three] = ['1', '2', '3'].map(digest);
        let escaped = three.replace(':', "\\u003a").replacen('s', "\\u0073", 1);
        let long = format!("sha512:{}", "e".repeat(128));
        // A number that is too large, which other readers may skip, and a missing end.
        let broken = format!(r#"{{"number":1e999,"layers":[{{"digest":"{one}"}},"{two}{escaped} {long}""#);
        assert_eq!(found(&broken), [one.clone(), two, three, long]);
        assert!(!Named::of(broken.as_bytes()).is_readable);
        assert_eq!(found(&format!("[\"{one}\"]")), [one]);
        for nothing in ["", "{", "sha256:", "sha256:abc", "\\u00", "\\u00zz"] {
            assert_eq!(found(nothing), Vec::<String>::new(), "{nothing}");
        }
    }
}
