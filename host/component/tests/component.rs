//! What the component may do is what its WIT says: nothing else can be imported.

use ossicle_component::COMPONENT;
use std::collections::BTreeSet;
use std::{env, fs};
use wit_component::{DecodedWasm, WitPrinter};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/component.wit");

fn decode() -> DecodedWasm {
    wit_component::decode(COMPONENT).unwrap()
}

#[test]
fn its_wit_is_the_golden_one() {
    let decoded = decode();
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    let nested: Vec<_> =
        decoded.resolve().packages.iter().map(|(id, _)| id).filter(|id| *id != decoded.package()).collect();
    printer.print(decoded.resolve(), decoded.package(), &nested).unwrap();
    let wit = printer.output.to_string();

    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(GOLDEN, &wit).unwrap();
    }
    let golden = fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(
        wit == golden,
        "the component's WIT is not golden/component.wit; if that is meant, run the test with UPDATE_GOLDEN=1. It is\n{wit}"
    );
}

#[test]
fn it_imports_http_clocks_and_random_numbers_alone() {
    let DecodedWasm::Component(resolve, world) = decode() else { panic!("no component") };
    let imports: BTreeSet<String> =
        resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key)).collect();
    for import in &imports {
        let allowed = ["wasi:http/", "wasi:clocks/", "wasi:random/"].iter().any(|package| import.starts_with(package));
        assert!(allowed, "imports {import}");
    }
    assert!(imports.iter().any(|import| import.starts_with("wasi:http/client@0.3")), "{imports:?}");
}

/// 1085 KiB with locks, encryption and the storage driver, and a twentieth to spare.
#[test]
fn it_is_small() {
    assert!(COMPONENT.len() < 1152 * 1024, "{} bytes", COMPONENT.len());
}

#[test]
fn it_says_what_it_is() {
    for section in ["licenses", "version", "description"] {
        let found = COMPONENT.windows(section.len()).any(|window| window == section.as_bytes());
        assert!(found, "no custom section {section}");
    }
}
