//! What programs read.

use crate::world::{Said, World};
use serde_json::{Value, json};

fn document(said: Said) -> Value {
    serde_json::from_str(&said.ends(0).out).unwrap()
}

#[test]
fn results_are_one_document() {
    let world = World::new();
    assert_eq!(
        document(world.run_with(&["cert", "store", "sites/a.crt", "--json"], b"text")),
        json!({"key": "sites/a.crt", "size": 4})
    );
    assert_eq!(
        document(world.run(&["cert", "load", "sites/a.crt", "--json"])),
        json!({"key": "sites/a.crt", "size": 4, "text": "text"})
    );
    let to_file = document(world.run(&["cert", "load", "sites/a.crt", "--json", "-o", "f"]));
    assert_eq!(to_file, json!({"key": "sites/a.crt", "size": 4, "file": "f"}));
    world.run_with(&["cert", "store", "raw"], &[0xff, 0]).ends(0);
    assert_eq!(
        document(world.run(&["cert", "load", "raw", "--json"])),
        json!({"key": "raw", "size": 2, "base64": "/wA="})
    );

    assert_eq!(
        document(world.run(&["cert", "ls", "--json"])),
        json!({"entries": [{"key": "raw"}, {"key": "sites"}], "left_out": 0})
    );
    let long = document(world.run(&["cert", "ls", "-l", "--json"]));
    assert_eq!((&long["entries"][0]["kind"], &long["entries"][1]["kind"]), (&json!("file"), &json!("directory")));
    let stat = document(world.run(&["cert", "stat", "raw", "--json"]));
    assert_eq!((&stat["kind"], &stat["size"]), (&json!("file"), &json!(2)));
    assert!(stat["modified"].as_str().unwrap().ends_with('Z'));

    assert_eq!(document(world.run(&["cert", "exists", "raw", "--json"])), json!({"key": "raw", "exists": true}));
    assert_eq!(document(world.run(&["cert", "rm", "raw", "--json"])), json!({"key": "raw", "removed": true}));
    assert_eq!(document(world.run(&["cert", "rm", "-f", "raw", "--json"])), json!({"key": "raw", "removed": false}));
    let absent = world.run(&["cert", "exists", "raw", "--json"]).ends(3);
    assert_eq!(serde_json::from_str::<Value>(&absent.out).unwrap(), json!({"key": "raw", "exists": false}));
}

#[test]
fn errors_are_one_document_on_standard_error() {
    let world = World::new();
    let said = world.run(&["cert", "load", "k", "--json"]).ends(3);
    assert_eq!(said.out, "");
    let error = &serde_json::from_str::<Value>(&said.err).unwrap()["error"];
    assert_eq!((&error["kind"], &error["action"], &error["key"]), (&json!("not-found"), &json!("load"), &json!("k")));
    assert_eq!((&error["retryable"], &error["oss"]["status"]), (&json!(false), &json!(404)));
    assert_eq!((&error["oss"]["code"], &error["oss"]["ec"]), (&json!("NoSuchKey"), &json!("0026-00000001")));
    assert_eq!(error["oss"]["request_id"].as_str().unwrap().len(), 24);

    let said = world.run(&["cert", "--json", "ls", "--region", "x y"]).ends(2);
    let error = &serde_json::from_str::<Value>(&said.err).unwrap()["error"];
    assert_eq!((&error["kind"], &error["field"]), (&json!("invalid-config"), &json!("region")));
    assert_eq!(error["origin"], json!("the flag --region"));
}

/// 4.12: warnings are no text before or behind the document, and neither are complaints of arguments.
#[cfg(unix)]
#[test]
fn warnings_and_mistaken_arguments_are_part_of_the_document() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::new();
    let secret =
        world.file("open.toml", "[credentials]\naccess-key-id = \"an-access-key\"\naccess-key-secret = \"CANARY\"\n");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    world.set("OSSICLE_CONFIG", "open.toml");
    let warned = |said: &Said| {
        let told: Value = serde_json::from_str(&said.err).unwrap();
        assert!(told["warnings"][0].as_str().unwrap().contains("chmod 600 open.toml"), "{said:?}");
        told
    };
    let said = world.run(&["cert", "ls", "--json"]);
    assert_eq!((said.code, said.out.as_str()), (0, "{\"entries\":[],\"left_out\":0}\n"));
    assert_eq!(warned(&said).get("error"), None);
    let said = world.run(&["cert", "load", "k", "--json"]).ends(3);
    assert_eq!(warned(&said)["error"]["kind"], "not-found");
    // For a person they stand on lines of their own.
    let said = world.run(&["cert", "load", "k"]).ends(3);
    assert!(said.err.starts_with("warning: open.toml holds a secret") && said.err.contains("\nerror: "), "{said:?}");

    for arguments in [&["blob", "cat", "--json", "/f", "--offset", "-5"][..], &["cert", "lod", "--json"]] {
        let said = world.run(arguments).ends(2);
        let told: Value = serde_json::from_str(&said.err).unwrap();
        assert_eq!(told["error"]["kind"], "usage", "{told}");
    }
}
