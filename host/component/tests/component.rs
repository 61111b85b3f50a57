//! What the components may do is what their WIT says: nothing else can be imported.

use ossicle_component::{BLOBS, BLOBS_P2, CERTIFICATES, CERTIFICATES_P2, COMMAND, REGISTRY, SERVICE, WIT, WIT_P2};
use std::collections::BTreeSet;
use std::{env, fs};
use wasmparser::{Parser, Payload};
use wit_component::{DecodedWasm, WitPrinter};

const STORAGES: [(&str, &[u8]); 2] = [("certificates", CERTIFICATES), ("blobs", BLOBS)];
const STORAGES_P2: [(&str, &[u8]); 2] = [("certificates-p2", CERTIFICATES_P2), ("blobs-p2", BLOBS_P2)];

fn components() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    STORAGES.into_iter().chain(STORAGES_P2).chain([("command", COMMAND), ("registry", REGISTRY), ("service", SERVICE)])
}

/// A face: which storages are in it, what of `wasi:cli` it imports besides, and how many KiB of its own it may have.
struct Face {
    name: &'static str,
    component: &'static [u8],
    storages: &'static [(&'static str, &'static [u8])],
    own: &'static [&'static str],
    most: usize,
}

const FACES: [Face; 3] = [
    Face {
        name: "command",
        component: COMMAND,
        storages: &STORAGES,
        own: &["environment", "exit", "stderr", "stdin", "stdout", "types"],
        most: 440,
    },
    Face {
        name: "registry",
        component: REGISTRY,
        storages: &[("blobs", BLOBS)],
        own: &["environment", "stderr", "types"],
        most: 830,
    },
    Face {
        name: "service",
        component: SERVICE,
        storages: &STORAGES,
        own: &["environment", "stderr", "types"],
        most: 820,
    },
];

#[test]
fn their_wit_is_the_golden_one() {
    for (name, component) in components() {
        let decoded = wit_component::decode(component).unwrap();
        let mut printer = WitPrinter::default();
        printer.emit_docs(false);
        let nested: Vec<_> =
            decoded.resolve().packages.iter().map(|(id, _)| id).filter(|id| *id != decoded.package()).collect();
        printer.print(decoded.resolve(), decoded.package(), &nested).unwrap();
        let wit = printer.output.to_string();

        let file = format!("{}/golden/{name}.wit", env!("CARGO_MANIFEST_DIR"));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&file, &wit).unwrap();
        }
        let golden = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            wit == golden,
            "the component's WIT is not golden/{name}.wit; if that is meant, run the test with UPDATE_GOLDEN=1. It \
             is\n{wit}"
        );
    }
}

/// Every host of 0.2 has what was in its first version, and nothing of a later one may creep in.
#[test]
fn those_of_0_2_import_its_first_version_alone() {
    let allowed = [
        "wasi:clocks/monotonic-clock@0.2.0",
        "wasi:clocks/wall-clock@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:http/types@0.2.0",
        "wasi:io/error@0.2.0",
        "wasi:io/poll@0.2.0",
        "wasi:io/streams@0.2.0",
        "wasi:random/random@0.2.0",
    ];
    for (name, component) in STORAGES_P2 {
        assert_eq!(imports(component).into_iter().collect::<Vec<_>>(), allowed, "{name}");
    }
}

/// What is the same in both contracts is written twice, because a package of 0.2 has no `async func`. So one is made of the other:
/// with UPDATE_GOLDEN=1 by this test.
#[test]
fn the_wit_of_0_2_is_that_of_0_3_where_both_are_the_same() {
    let together = "Many calls may be in flight on one resource at once.";
    let alone = "One call at a time: a component of WASI 0.2 can't be entered while a call is in it.";
    for file in ["types.wit", "cert-storage.wit"] {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
        let own = fs::read_to_string(format!("{folder}/{file}")).unwrap();
        let own = own.replace(" async func(", " func(").replace(together, alone);
        let other = format!("{folder}/p2/{file}");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&other, &own).unwrap();
        }
        assert!(fs::read_to_string(&other).unwrap() == own, "wit/p2/{file} is not wit/{file} without `async`");
    }
}

#[test]
fn they_import_http_clocks_and_random_numbers_alone() {
    for (name, component) in STORAGES {
        let imports = imports(component);
        for import in &imports {
            let allowed =
                ["wasi:http/", "wasi:clocks/", "wasi:random/"].iter().any(|package| import.starts_with(package));
            assert!(allowed, "{name} imports {import}");
        }
        assert!(imports.iter().any(|import| import.starts_with("wasi:http/client@0.3")), "{name}: {imports:?}");
    }
}

/// A face imports what its storages do, and what it shows itself by.
#[test]
fn a_face_imports_what_its_storages_do_and_its_own() {
    for face in FACES {
        let mut expected: BTreeSet<String> =
            face.storages.iter().flat_map(|(_, component)| imports(component)).collect();
        expected.extend(face.own.iter().map(|interface| format!("wasi:cli/{interface}@0.3.0")));
        assert_eq!(imports(face.component), expected, "{}", face.name);
    }
}

/// What a face keeps is kept by the very components that stand alone.
#[test]
fn the_storages_are_in_a_face_byte_by_byte() {
    for face in FACES {
        for (name, storage) in face.storages {
            assert!(parts(face.component).contains(storage), "{} has another component of {name} in it", face.name);
        }
    }
}

fn imports(component: &[u8]) -> BTreeSet<String> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component).unwrap() else {
        panic!("no component")
    };
    resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key)).collect()
}

/// The components within a component.
fn parts(component: &[u8]) -> Vec<&[u8]> {
    let parts = Parser::new(0).parse_all(component).filter_map(|payload| match payload.unwrap() {
        Payload::ComponentSection { unchecked_range: range, .. } => {
            Some(&component[range.start as usize..range.end as usize])
        }
        _ => None,
    });
    parts.collect()
}

/// Of blobs it was 554 KiB. What puts a walk into upstream's order, streams uploads and reads documents strictly took 30 KiB more,
/// what compares a resumed upload with what is stored 22 KiB, and what takes on roles with an access key 15 KiB: 621 KiB. The
/// calls of contract 0.4 (parts of files, conditions and windows, pages, appends, tails, copies, uploads by their ids) and what
/// they tell of OSS's answers take 90 KiB, and MD5 of parts and a quicker reading of listings 7 KiB: 718 KiB. The locks, which
/// the component of blobs exports as well, take 53 KiB for their protocol, 28 KiB for what is exported, and about 30 KiB for
/// requests that nothing else sends, types and texts; the endpoint of signed URLs takes 5 KiB: 834 KiB. Reading a file past the
/// component, and credentials that are handed from one instance to another, take 20 KiB: 854 KiB. That documents of all kinds are
/// read by the same code saves 10 KiB: 845 KiB, and some room. The component of certificates has 757 KiB, of which values that
/// are stored together take about 105 KiB. Those of WASI 0.2 have 826 and 736 KiB. The command's face has 423 KiB, most of it
/// the state of calls that wait. The registry's had 741 KiB: two thirds of it are the core's calls, the rest is JSON, the
/// storage's port and HTTP. Users, with bcrypt, their rights and JSON of these, take 73 KiB, and what says that an upload was
/// cancelled 2 KiB: 816 KiB. The service's has 777 KiB.
#[test]
fn they_are_small() {
    for (name, component) in STORAGES.into_iter().chain(STORAGES_P2) {
        assert!(component.len() < 880 * 1024, "{name}: {} bytes", component.len());
    }
    for face in FACES {
        let own = face.component.len() - face.storages.iter().map(|(_, storage)| storage.len()).sum::<usize>();
        assert!(own < face.most * 1024, "the face of the {}: {own} bytes", face.name);
    }
}

#[test]
fn they_say_what_they_are() {
    for (name, component) in components() {
        for section in ["licenses", "version", "description"] {
            assert!(holds(component, section), "{name}: no custom section {section}");
        }
    }
}

/// Where a panic happened is said with a path. The one of this machine would make each machine's component another, and tell
/// whoever gets it who built it.
#[test]
fn they_do_not_say_where_they_were_built() {
    for (name, component) in components() {
        let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let workspace = fs::canonicalize(workspace).unwrap().to_str().unwrap().to_owned();
        // The root's own home, as in some containers, is in every URL.
        let home = env::home_dir().filter(|home| home.parent().is_some());
        let home = home.and_then(|home| home.to_str().map(|home| format!("{home}/")));
        for path in [workspace].into_iter().chain(home).chain(["registry/src/index.".to_owned()]) {
            assert!(!holds(component, &path), "{name} holds {path}");
        }
    }
}

/// What is published as the contract is the contract, and says of itself which version it is.
#[test]
fn the_wit_packages_are_those_in_the_repository() {
    for (encoded, folder, version) in [(WIT, "wit", env!("CARGO_PKG_VERSION")), (WIT_P2, "wit/p2", "0.2.0")] {
        let DecodedWasm::WitPackage(resolve, package) = wit_component::decode(encoded).unwrap() else {
            panic!("no WIT package")
        };
        assert_eq!(resolve.packages[package].name.to_string(), format!("ossicle:storage@{version}"));
        assert!(holds(encoded, &format!("version{version}")), "{folder}");
        let mut source = wit_parser::Resolve::default();
        let folder = format!("{}/../../{folder}", env!("CARGO_MANIFEST_DIR"));
        let (original, _) = source.push_dir(&folder).unwrap();
        let printed = |resolve, package| {
            let mut printer = WitPrinter::default();
            printer.print(resolve, package, &[]).unwrap();
            printer.output.to_string()
        };
        assert_eq!(printed(&resolve, package), printed(&source, original));
        assert!(printed(&resolve, package).contains("/// "), "{folder}: the documentation is missing");
    }
}

fn holds(component: &[u8], text: &str) -> bool {
    component.windows(text.len()).any(|window| window == text.as_bytes())
}
