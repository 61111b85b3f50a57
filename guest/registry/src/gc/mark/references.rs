//! The digests that a manifest names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::digest::{Algorithm, Digest};
use crate::manifests::Stored;

/// What a manifest names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// All of it: blobs, manifests, and the subject.
    pub digests: BTreeSet<Digest>,
    /// What the manifest refers to.
    pub subject: Option<Digest>,
    /// Whether it is a JSON object, as manifests are.
    pub is_readable: bool,
}

impl Named {
    /// Every digest that a manifest names, by whatever descriptor at whatever depth: layers, configs, manifests of an index,
    /// the subject, and what kinds of manifests hold that this program does not know. A digest too many keeps a blob; one too
    /// few would lose it.
    ///
    /// Of content that is not a JSON object, for which no client could know what it names, everything counts that looks like a
    /// digest. It may be JSON to a more lenient reader.
    pub fn of(manifest: &[u8]) -> Self {
        let stored = Stored::read(manifest);
        let mut digests = BTreeSet::new();
        match stored.value() {
            Some(members) => gather(members.iter(), &mut digests),
            None => scan(&unescape(manifest), &mut digests),
        }
        Self { digests, subject: stored.subject(), is_readable: stored.is_object() }
    }
}

/// The members that hold a digest: that of descriptors, and that of Docker's schema 1. Clients written in Go take them in
/// any case.
const MEMBERS: [&str; 2] = ["digest", "blobSum"];

fn gather<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, found: &mut BTreeSet<Digest>) {
    for (name, value) in members {
        match value {
            Value::String(text) if MEMBERS.iter().any(|member| member.eq_ignore_ascii_case(name)) => {
                found.extend(Digest::parse(text));
            }
            value => gather_below(value, found),
        }
    }
}

fn gather_below(value: &Value, found: &mut BTreeSet<Digest>) {
    match value {
        Value::Object(members) => gather(members.iter(), found),
        Value::Array(values) => values.iter().for_each(|value| gather_below(value, found)),
        _ => {}
    }
}

/// Everything in text that looks like a digest.
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

/// Text with the characters of ASCII that JSON may write as `\u0073` as they are.
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
    fn of_what_is_no_object_everything_counts_that_looks_like_a_digest() {
        let [one, two, three] = ['1', '2', '3'].map(digest);
        let escaped = three.replace(':', "\\u003a").replacen('s', "\\u0073", 1);
        let long = format!("sha512:{}", "e".repeat(128));
        // A number beyond all bounds, which other readers skip, and an end that is missing.
        let broken = format!(r#"{{"number":1e999,"layers":[{{"digest":"{one}"}},"{two}{escaped} {long}""#);
        assert_eq!(found(&broken), [one.clone(), two, three, long]);
        assert!(!Named::of(broken.as_bytes()).is_readable);
        assert_eq!(found(&format!("[\"{one}\"]")), [one]);
        for nothing in ["", "{", "sha256:", "sha256:abc", "\\u00", "\\u00zz"] {
            assert_eq!(found(nothing), Vec::<String>::new(), "{nothing}");
        }
    }
}
