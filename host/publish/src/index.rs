//! OCI's index, a list of manifests: of those in a layout, or of those that refer to another one.

use crate::Digest;
use crate::documents::{Descriptor, INDEX};
use serde_json::{Value, json};

/// An index without manifests.
pub fn empty() -> Value {
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] })
}

/// Whether a manifest is in an index; `None` where that is none.
pub fn has(index: &Value, digest: &Digest) -> Option<bool> {
    let kind = index.get("mediaType").is_none_or(|kind| kind == INDEX);
    let manifests = index.get("manifests")?.as_array().filter(|_| kind)?;
    let digest = digest.to_string();
    Some(manifests.iter().any(|manifest| manifest["digest"] == digest))
}

/// The index with a manifest, which takes the place of others; `None` where it is none. What is in it besides stays.
pub fn with(mut index: Value, descriptor: Descriptor, replaces: impl Fn(&Value) -> bool) -> Option<Value> {
    let manifests = index.get_mut("manifests")?.as_array_mut()?;
    manifests.retain(|manifest| !replaces(manifest));
    manifests.push(serde_json::to_value(descriptor).ok()?);
    Some(index)
}
