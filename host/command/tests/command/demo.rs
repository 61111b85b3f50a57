//! `ossicle demo`.

use crate::world::World;
use serde_json::{Value, json};

#[test]
fn every_step_comes_out_right() {
    let world = World::bare();
    let said = world.run(&["demo"]).ends(0);
    for part in [
        "wasi:clocks, wasi:http, wasi:random",
        "✓ store a certificate",
        "PutObject ×2",
        "v4-header",
        "✓ stream a layer up",
        "24.0 MiB in 6 parts",
        "InitiateMultipartUpload, UploadPart ×6, CompleteMultipartUpload",
        "HeadObject, CopyObject, DeleteObject",
        "12 directories, 2 files",
        "SignatureDoesNotMatch",
        "all 24 steps came out right",
        "What next",
    ] {
        assert!(said.out.contains(part), "{part} is missing in:\n{}", said.out);
    }
    assert!(!said.out.contains('✗') && !said.out.contains('\u{1b}'), "{}", said.out);
}

#[test]
fn with_either_signature_for_programs() {
    let world = World::bare();
    for (version, kind) in [("v4", "v4-header"), ("v1", "v1-header")] {
        let said = world.run(&["demo", "--json", "--signature", version]).ends(0);
        let document: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(document["summary"]["passed"], json!(true), "{document:#}");
        assert_eq!(document["summary"]["signatures"], json!([kind]));
        for (at, (name, bytes)) in
            [("certificates", ossicle_component::CERTIFICATES), ("blobs", ossicle_component::BLOBS)]
                .into_iter()
                .enumerate()
        {
            let told = &document["components"][at];
            assert_eq!((&told["name"], &told["size"]), (&json!(name), &json!(bytes.len())), "{document:#}");
        }
        assert_eq!(document["engine"]["imports"], json!(["wasi:clocks", "wasi:http", "wasi:random"]));
        let steps = document["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["passed"] == json!(true)));
        assert_eq!(steps[0]["requests"][0]["operation"], json!("PutObject"));
        assert_eq!(steps[0]["requests"][0]["signature"], json!(kind));
        // The registry's blobs: each step with its requests, and what the recorder does not look at.
        let requests = |name: &str| {
            let step = steps.iter().find(|step| step["name"] == json!(name));
            let step = step.unwrap_or_else(|| panic!("{name} is missing in {document:#}"));
            assert!(step["took_us"].as_u64().unwrap() > 0, "{step:#}");
            let requests = step["requests"].as_array().unwrap();
            assert!(requests.iter().all(|request| request["signature"] == json!(kind)), "{step:#}");
            requests.len()
        };
        for (name, count) in [
            ("stream a layer up", 8),
            ("publish it (move)", 3),
            ("link it to a tag", 1),
            ("read its last MiB", 1),
            ("read it; it breaks off", 2),
            ("walk over the tree", 1),
            ("delete the tree", 4),
        ] {
            assert_eq!(requests(name), count, "{name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_components_are_compiled_once() {
    use std::os::unix::fs::MetadataExt;
    let mut world = World::bare();
    let cache = world.path("cache");
    world.set("XDG_CACHE_HOME", cache.to_str().unwrap());
    let from_cache = |world: &World| {
        let document: Value = serde_json::from_str(&world.run(&["demo", "--json"]).ends(0).out).unwrap();
        document["engine"]["from_cache"].clone()
    };
    assert_eq!(from_cache(&world), json!(false));
    assert_eq!(from_cache(&world), json!(true));
    assert_eq!(std::fs::metadata(cache.join("ossicle")).unwrap().mode() & 0o777, 0o700);
    // Where there can be no cache, there is none.
    world.file("file", "");
    world.set("XDG_CACHE_HOME", world.path("file").to_str().unwrap());
    assert_eq!(from_cache(&world), json!(false));
}
