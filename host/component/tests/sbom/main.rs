//! What is in the components: the documents of `sbom/` are those of the crates that cargo compiles into each.

mod document;
mod tree;

use document::{document, written};
use ossicle_component::{
    BLOBS_P2_SBOM, BLOBS_SBOM, CERTIFICATES_P2_SBOM, CERTIFICATES_SBOM, COMMAND_SBOM, REGISTRY_SBOM, SERVICE_SBOM,
};
use std::path::Path;
use std::{env, fs};
use tree::{Tree, workspace};

/// A component, its document, and the packages whose builds it is made of: their names and their features.
type Made = (&'static str, &'static str, &'static [(&'static str, Option<&'static str>)]);

const CERTIFICATES: (&str, Option<&str>) = ("ossicle-guest", Some("certificates"));
const BLOBS: (&str, Option<&str>) = ("ossicle-guest", Some("blobs"));

const COMPONENTS: [Made; 7] = [
    ("certificates", CERTIFICATES_SBOM, &[CERTIFICATES]),
    ("blobs", BLOBS_SBOM, &[BLOBS]),
    ("certificates-p2", CERTIFICATES_P2_SBOM, &[("ossicle-guest", Some("certificates,p2"))]),
    ("blobs-p2", BLOBS_P2_SBOM, &[("ossicle-guest", Some("blobs,p2"))]),
    ("command", COMMAND_SBOM, &[("ossicle-command-face", None), CERTIFICATES, BLOBS]),
    ("registry", REGISTRY_SBOM, &[("ossicle-registry-face", None), BLOBS]),
    ("service", SERVICE_SBOM, &[("ossicle-service-face", None), CERTIFICATES, BLOBS]),
];

#[test]
fn the_documents_are_those_of_what_is_compiled() {
    for (name, sbom, builds) in COMPONENTS {
        let document = document(&format!("ossicle-{name}"), &Tree::of(builds));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sbom/{name}.cdx.json"));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&file, written(&document)).unwrap();
        }
        let golden = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            serde_json::from_str(&golden).ok().as_ref() == Some(&document),
            "sbom/{name}.cdx.json is not of what is compiled; if the change of dependencies is meant, run the test with \
             UPDATE_GOLDEN=1. It is\n{}",
            written(&document)
        );
        assert!(sbom == golden || env::var_os("UPDATE_GOLDEN").is_some(), "{name}: the library has another document");
    }
}

/// A document says what is inside, and neither when nor where it was written.
#[test]
fn a_document_names_no_machine() {
    for (name, sbom, _) in COMPONENTS {
        let workspace = workspace();
        assert!(!sbom.contains(workspace.to_str().unwrap()) && !sbom.contains("timestamp"), "{name}");
    }
}
