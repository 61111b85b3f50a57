//! What a manifest names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::digest::Digest;

/// Every digest that a manifest names, by whatever descriptor at whatever depth: layers, configs, manifests of an index,
/// the subject, and what kinds of manifests hold that this program does not know. A digest too many keeps a blob; one too
/// few would lose it.
///
/// # Errors
/// When the manifest is not JSON.
pub(crate) fn references(manifest: &[u8]) -> Result<BTreeSet<Digest>, serde_json::Error> {
    let mut found = BTreeSet::new();
    gather(&serde_json::from_slice(manifest)?, &mut found);
    Ok(found)
}

/// The members that hold a digest: that of descriptors, and that of Docker's schema 1.
const MEMBERS: [&str; 2] = ["digest", "blobSum"];

fn gather(value: &Value, found: &mut BTreeSet<Digest>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if MEMBERS.contains(&name.as_str()) => found.extend(Digest::parse(text)),
                    value => gather(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_descriptor_counts_wherever_it_is() {
        let digest = |digit: char| format!("sha256:{}", String::from(digit).repeat(64));
        let long = format!("sha512:{}", "e".repeat(128));
        let manifest = format!(
            r#"{{"config":{{"digest":"{}"}},"layers":[{{"digest":"{}"}}],"subject":{{"digest":"{long}"}},
                "manifests":[{{"digest":"{}","unknown":[{{"digest":"{}"}}]}}],"fsLayers":[{{"blobSum":"{}"}}],
                "annotations":{{"org.example.base":"{}","digest":"not a digest"}}}}"#,
            digest('1'),
            digest('2'),
            digest('3'),
            digest('4'),
            digest('5'),
            digest('6'),
        );
        let found: Vec<String> = references(manifest.as_bytes()).unwrap().iter().map(Digest::to_string).collect();
        let expected: Vec<String> = "12345".chars().map(digest).chain([long]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        assert!(references(b"").is_err());
        assert!(references(b"{\"layers\":").is_err());
    }
}
