//! `ossicle blob` by what a registry has: its environment and its config.

use crate::world::{SECRET, Said, World};

fn blob(world: &World, arguments: &[&str]) -> Said {
    world.run(&[&["blob"], arguments].concat())
}

/// A registry's config, and a world that knows nothing else.
fn registry(world: &World, more: &str) -> std::path::PathBuf {
    let endpoint = world.emulator.endpoint();
    world.file(
        "config.yml",
        format!(
            "version: 0.1\nstorage:\n  delete: {{enabled: true}}\n  oss:\n    bucket: certificates\n    region: oss-cn-hangzhou\n    \
             endpoint: {endpoint}\n    accesskeyid: an-access-key\n    accesskeysecret: {SECRET}\n{more}"
        ),
    )
}

#[test]
fn by_the_config_of_a_registry_6_5() {
    let mut world = World::bare();
    let file =
        registry(&world, "    rootdirectory: /docker//v2\n    secure: False\n    signature: v1\n    encrypt: On\n");
    fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [&["blob", "--registry-config", "config.yml"], more].concat()
    }
    world.run_with(&arguments(&["put", "/f"]), b"x").ends(0);
    assert_eq!(world.stored("docker//v2/f").unwrap(), b"x", "as upstream names it");
    assert_eq!(world.run(&arguments(&["ls", "/"])).ends(0).out, "/f\n");
    assert_eq!(world.run(&arguments(&["cat", "/f"])).ends(0).out, "x");
    let signed: Vec<_> = world.emulator.requests().into_iter().filter_map(|request| request.signature).collect();
    assert!(
        !signed.is_empty() && signed.iter().all(|kind| *kind == ossicle_emulator::SignatureKind::V1Header),
        "{signed:?}"
    );
    // The environment counts before the file, as in a registry, and the command line before both.
    world.set("REGISTRY_STORAGE_OSS_ROOTDIRECTORY", "elsewhere").set("REGISTRY_STORAGE_OSS_ENCRYPT", "off");
    world.run_with(&arguments(&["put", "/g"]), b"y").ends(0);
    assert_eq!(world.stored("elsewhere/g").unwrap(), b"y");
    assert_eq!(world.run(&arguments(&["ls", "/", "--parameter", "rootdirectory=docker//v2"])).ends(0).out, "/f\n");
    world.unset("REGISTRY_STORAGE_OSS_ROOTDIRECTORY").unset("REGISTRY_STORAGE_OSS_ENCRYPT");

    for (more, parts) in [
        ("    chunksize: 1\n", &["chunksize", "config.yml, line 10"][..]),
        ("    colour: blue\n", &["colour"]),
        ("    secure: yEs\n", &["secure", "true or false", "config.yml, line 10"]),
        ("    internal: [true]\n", &["internal: must be a single value", "config.yml, line 10"]),
        ("  oss2: {\n", &["no YAML", "config.yml"]),
    ] {
        registry(&world, more);
        world.run(&arguments(&["ls", "/"])).ends(2).complains(parts);
    }
    world.file("config.yml", "storage:\n  s3: {bucket: b}\n");
    world
        .run(&arguments(&["ls", "/"]))
        .ends(2)
        .complains(&["nothing below storage.oss", "used:  the config file config.yml"]);
    world.run(&["blob", "--registry-config", "none.yml", "ls", "/"]).ends(2).complains(&["none.yml can't be read"]);
    world.run(&["blob", "--parameter", "chunksize=1", "ls", "/"]).ends(2).complains(&["--registry-config"]);
    registry(&world, "");
    // The library for arguments checks each side of the operation by itself.
    let (config, other) = (["--registry-config", "config.yml"], ["--bucket", "b"]);
    for [before, after] in [[&config, &other], [&other, &config]] {
        let arguments = [&["blob"][..], &before[..], &["ls", "/"], &after[..]].concat();
        world.run(&arguments).ends(2).complains(&["--bucket", "cannot be used with", "--registry-config"]);
    }
    #[cfg(unix)]
    {
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let said = world.run(&arguments(&["ls", "/"]));
        assert_eq!(said.code, 0, "{said:?}");
        said.complains(&["config.yml holds a secret"]);
    }
}

#[test]
fn booleans_of_a_registrys_environment_are_yamls_4_12() {
    let mut world = World::bare();
    let host = world.emulator.endpoint().trim_start_matches("http://").to_owned();
    for (name, value) in [
        ("BUCKET", "certificates"),
        ("REGION", "oss-cn-hangzhou"),
        ("ENDPOINT", host.as_str()),
        ("ACCESSKEYID", "an-access-key"),
        ("ACCESSKEYSECRET", SECRET),
        ("ENCRYPT", "No"),
        ("INTERNAL", "FALSE"),
    ] {
        world.set(&format!("REGISTRY_STORAGE_OSS_{name}"), value);
    }
    for word in ["False", "FALSE", "no", "Off", "n", "false"] {
        world.set("REGISTRY_STORAGE_OSS_SECURE", word);
        world.run(&["blob", "--registry", "ls", "/"]).ends(0);
    }
}

#[test]
fn by_the_settings_of_a_registry() {
    let mut world = World::bare();
    let lacking = world.run(&["blob", "--registry", "ls", "/"]).ends(2);
    lacking.complains(&["bucket: must be given", "set REGISTRY_STORAGE_OSS_BUCKET"]);
    let endpoint = world.emulator.endpoint();
    for (name, value) in [
        ("BUCKET", "certificates"),
        ("REGION", "oss-cn-hangzhou"),
        ("ENDPOINT", endpoint.as_str()),
        ("ACCESSKEYID", "an-access-key"),
        ("ACCESSKEYSECRET", SECRET),
        ("ROOTDIRECTORY", "/docker"),
    ] {
        world.set(&format!("REGISTRY_STORAGE_OSS_{name}"), value);
    }
    world.run_with(&["blob", "--registry", "put", "/v2/f"], b"x").ends(0);
    assert_eq!(world.stored("docker/v2/f").unwrap(), b"x");
    let acl = |path: &str| world.emulator.bucket("certificates").info(path).unwrap().acl;
    assert_eq!(acl("docker/v2/f").as_deref(), Some("private"), "1.10");
    let arguments = ["blob", "--registry", "--parameter", "objectacl=default", "put", "/v2/g"];
    world.run_with(&arguments, b"x").ends(0);
    assert_eq!(acl("docker/v2/g"), None);
    assert_eq!(blob(&world, &["ls", "/", "--registry"]).ends(0).out, "/v2\n");
    assert_eq!(blob(&world, &["ls", "/", "--registry", "--parameter", "rootdirectory="]).ends(0).out, "/docker\n");
    for (parameter, complaint) in [
        ("chunksize=1", "chunksize"),
        ("colour=blue", "colour"),
        ("objectacl=public-read", "objectacl"),
        ("endpoint=other.oss-cn-hangzhou.aliyuncs.com", "names the bucket"),
    ] {
        blob(&world, &["ls", "/", "--registry", "--parameter", parameter]).ends(2).complains(&[complaint]);
    }
}
