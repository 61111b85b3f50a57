//! A document of CycloneDX 1.6, <https://cyclonedx.org/docs/1.6/json/>.

use crate::tree::{Crate, Id, Tree, workspace};
use serde_json::{Value, json};
use std::fs;

/// The document of a component of this name. Crates come in the order of their names.
pub fn document(component: &str, tree: &Tree) -> Value {
    let standard = standard_library();
    let mut components: Vec<Value> = tree.crates.iter().map(|(id, of)| library(id, of)).collect();
    let mut dependencies: Vec<Value> = tree
        .crates
        .iter()
        .map(|(id, of)| json!({ "ref": purl(id), "dependsOn": of.dependencies.iter().map(purl).collect::<Vec<_>>() }))
        .collect();
    let direct: Vec<Value> = tree.roots.iter().map(|id| purl(id).into()).chain([standard["bom-ref"].clone()]).collect();
    dependencies.insert(0, json!({ "ref": component, "dependsOn": direct }));
    components.push(standard);
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": {
            "type": "library",
            "bom-ref": component,
            "name": component,
            "version": env!("CARGO_PKG_VERSION"),
            "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            "externalReferences": [{ "type": "vcs", "url": env!("CARGO_PKG_REPOSITORY") }],
        } },
        "components": components,
        "dependencies": dependencies,
    })
}

/// A document as text, with a line for each crate and for each list of dependencies, so that a change shows what changed.
pub fn written(document: &Value) -> String {
    let field = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::Array(entries) => {
                format!("[\n{}\n]", entries.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n"))
            }
            other => other.to_string(),
        };
        format!("{}:{value}", json!(key))
    };
    let fields: Vec<_> = document.as_object().unwrap().iter().map(field).collect();
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

fn library(id: &Id, of: &Crate) -> Value {
    let (name, version) = id;
    let mut library = json!({
        "type": "library",
        "bom-ref": purl(id),
        "name": name,
        "version": version,
        "purl": purl(id),
        // The registry takes the older form, too.
        "licenses": [{ "expression": of.license.replace('/', " OR ") }],
    });
    if let Some(checksum) = &of.checksum {
        library["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if !of.repository.is_empty() {
        library["externalReferences"] = json!([{ "type": "vcs", "url": of.repository }]);
    }
    if !of.features.is_empty() {
        let property = |feature| json!({ "name": "cargo:feature", "value": feature });
        library["properties"] = of.features.iter().map(property).collect();
    }
    library
}

/// What of the compiler's own libraries is in each component. They have no entry in a lock file: the toolchain brings them.
fn standard_library() -> Value {
    let toolchain: toml::Table = fs::read_to_string(workspace().join("rust-toolchain.toml")).unwrap().parse().unwrap();
    let version = toolchain["toolchain"]["channel"].as_str().unwrap();
    let purl = format!("pkg:generic/rust-std@{version}");
    json!({
        "type": "library",
        "bom-ref": purl,
        "name": "rust-std",
        "version": version,
        "purl": purl,
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        "externalReferences": [{ "type": "vcs", "url": "https://github.com/rust-lang/rust" }],
    })
}

/// The package URL, by which a document's components refer to one another.
fn purl((name, version): &Id) -> String {
    // Of what a version may hold, `+` alone has another meaning in a URL.
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}
