//! Settings: where they come from, which counts, and what is said when they can't work.

use crate::world::{BUCKET, KEY_ID, SECRET, World};

fn file(world: &World) -> String {
    format!(
        "bucket = \"{BUCKET}\"\nregion = \"cn-hangzhou\"\nendpoint = \"{}\"\n\n[credentials]\naccess-key-id = \"{KEY_ID}\"\naccess-key-secret = \"{SECRET}\"\n",
        world.emulator.endpoint()
    )
}

#[test]
fn a_file_by_flag_by_environment_or_where_it_is_expected() {
    let mut world = World::bare();
    world.put("k", "v");
    let text = file(&world);
    world.file("other.toml", &text);
    world.run(&["cert", "load", "k", "--config", "other.toml"]).ends(0);
    world.set("OSSICLE_CONFIG", "other.toml").run(&["cert", "load", "k"]).ends(0);
    world.unset("OSSICLE_CONFIG").run(&["cert", "load", "k"]).ends(2);

    world.file(".config/ossicle/ossicle.toml", text.replace(BUCKET, "elsewhere"));
    world.run(&["cert", "load", "k"]).ends(1).complains(&["elsewhere", ".config/ossicle/ossicle.toml, line 1"]);
    // The working directory's is read if it is named.
    world.file("ossicle.toml", &text);
    world.run(&["cert", "load", "k"]).ends(1);
    world.run(&["cert", "load", "k", "--config", "ossicle.toml"]).ends(0);
}

#[test]
fn nothing_is_taken_from_the_working_directory_3_1() {
    let mut world = World::bare();
    let (sts, bucket) = (world.emulator.sts_endpoint().unwrap(), world.emulator.endpoint());
    world.file("private", "CANARY0file");
    let role = format!(
        "[credentials]\nsource = \"oidc-role\"\nrole-arn = \"acs:ram::1:role/r\"\nprovider-arn = \"acs:ram::1:oidc-provider/p\"\n\
         token-file = \"private\"\nendpoint = \"{sts}\"\n"
    );
    let foreign = format!("bucket = \"{BUCKET}\"\nregion = \"cn-hangzhou\"\nendpoint = \"{bucket}\"\n");
    world.file("ossicle.toml", format!("{foreign}{role}"));
    for arguments in [&["cert", "ls"][..], &["lock", "status", "x"], &["blob", "ls", "/"]] {
        world.run(arguments).ends(2).complains(&["bucket: is missing", "--config ossicle.toml"]);
    }
    // With everything in the environment, only what the file would change of it is of interest.
    world.file("ossicle.toml", &foreign);
    world.set("OSS_BUCKET", BUCKET).set("OSS_REGION", "cn-hangzhou");
    world.set("OSS_ACCESS_KEY_ID", KEY_ID).set("OSS_ACCESS_KEY_SECRET", SECRET);
    world.run(&["cert", "ls", "--timeout-operation", "1ms"]).ends(1);
    assert_eq!(world.emulator.stats().total, 0);
    // Relative paths in a config file begin at its folder, not here.
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET");
    world.config(&role);
    let said = world.run(&["cert", "ls"]).ends(2);
    said.complains(&["credentials.token", ".config/ossicle/private", "used:  the config file", "ossicle/ossicle.toml"]);
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn the_config_file_is_named_wherever_it_had_a_say_3_1() {
    let world = World::bare();
    world.config(file(&world));
    let said = world.run(&["-v", "cert", "load", "none"]).ends(3);
    said.complains(&["config file", "used:  the config file", ".config/ossicle/ossicle.toml"]);
    let said = world.run(&["cert", "load", "none", "--json"]).ends(3);
    let document: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert!(document["error"]["config"].as_str().unwrap().ends_with(".config/ossicle/ossicle.toml"), "{said:?}");
}

#[test]
fn credentials_are_asked_for_over_plain_http_on_this_machine_alone_3_1() {
    let mut world = World::new();
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET");
    world.set("ALIBABA_CLOUD_CREDENTIALS_URI", "http://credentials.example.com/c");
    world.run(&["cert", "ls"]).ends(2).complains(&["credentials.uri", "plain HTTP", "https://"]);
    world.unset("ALIBABA_CLOUD_CREDENTIALS_URI");
    world.file(".config/ossicle/token", "a-token");
    for source in [
        "source = \"ecs-role\"",
        "role-arn = \"acs:ram::1:role/r\"\nprovider-arn = \"acs:ram::1:oidc-provider/p\"\ntoken-file = \"token\"",
    ] {
        world.config(format!("[credentials]\n{source}\nendpoint = \"http://sts.example.com\"\n"));
        world.run(&["cert", "ls"]).ends(2).complains(&["credentials.endpoint", "plain HTTP", "https://"]);
    }
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn flags_count_before_the_environment_and_that_before_the_file() {
    let mut world = World::bare();
    world.config(file(&world));
    world.set("OSS_BUCKET", "from-environment");
    world
        .run(&["cert", "ls"])
        .ends(1)
        .complains(&["\"from-environment\" came from the environment variable OSS_BUCKET"]);
    world.run(&["cert", "ls", "--bucket", "from-flag"]).ends(1).complains(&["came from the flag --bucket"]);
    world.run(&["cert", "--bucket", BUCKET, "ls"]).ends(0);
}

#[test]
fn an_access_key_is_taken_whole_from_one_place() {
    let mut world = World::bare();
    world.config(file(&world));
    // A token that was left in the environment belongs to another key.
    world.set("OSS_SESSION_TOKEN", "CANARY0token").run(&["cert", "ls"]).ends(0);
    world.set("OSS_ACCESS_KEY_ID", KEY_ID).run(&["cert", "ls"]).ends(2).complains(&[
        "credentials.access-key-secret: is missing",
        "from:  the environment variable OSS_ACCESS_KEY_ID",
        "whole from one place",
    ]);
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_SESSION_TOKEN");
    world.set("ALIBABA_CLOUD_ACCESS_KEY_ID", "unknown").set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "CANARY0x");
    world.run(&["cert", "ls"]).ends(1).complains(&["InvalidAccessKeyId", "ALIBABA_CLOUD_ACCESS_KEY_ID"]);
    world.set("OSS_ACCESS_KEY_ID", KEY_ID).set("OSS_ACCESS_KEY_SECRET", SECRET).run(&["cert", "ls"]).ends(0);
}

#[test]
fn a_temporary_key_needs_its_token() {
    let mut world = World::new();
    world.emulator.add_key(ossicle_emulator::AccessKey::new("temporary", "CANARY0sts").token("CANARY0token"));
    world.set("OSS_ACCESS_KEY_ID", "temporary").set("OSS_ACCESS_KEY_SECRET", "CANARY0sts");
    world.run(&["cert", "ls"]).ends(1).complains(&["access denied"]);
    world.set("OSS_SESSION_TOKEN", "CANARY0token").run(&["cert", "ls"]).ends(0);
}

#[test]
fn what_is_missing_is_named_with_every_way_to_give_it() {
    let mut world = World::new();
    world.unset("OSS_BUCKET").run(&["cert", "ls"]).ends(2).complains(&[
        "bucket: is missing",
        "--bucket NAME",
        "OSS_BUCKET",
        "ossicle.toml",
        "no config file was found",
    ]);
    world.set("OSS_BUCKET", BUCKET).set("OSS_REGION", "");
    world.run(&["cert", "ls"]).ends(2).complains(&["region: is missing", "OSS_REGION"]);
    world.set("OSS_REGION", "cn-hangzhou").unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET");
    world.run(&["cert", "ls"]).ends(2).complains(&["there is no access key", "OSS_ACCESS_KEY_ID"]);
    world
        .run(&["cert", "ls", "--config", "nowhere.toml"])
        .ends(2)
        .complains(&["nowhere.toml can't be read", "--config"]);
}

#[test]
fn what_cannot_work_is_named_with_its_origin() {
    let mut world = World::new();
    for (arguments, field, reason) in [
        (["--endpoint", "http://127.0.0.1/path"], "endpoint", "has a path"),
        (["--endpoint", "ftp://host"], "endpoint", "only http and https"),
        (["--bucket", "Certificates"], "bucket", "a-z, 0-9 and -"),
        (["--region", "oss-cn-hangzhou"], "region", "the region is \"cn-hangzhou\""),
        (["--attempts", "0"], "attempts", "1 to 10"),
        (["--attempts", "many"], "attempts", "1 to 10"),
        (["--timeout-operation", "5 parsecs"], "timeouts.operation", "a span of time"),
        (["--timeout-connect", "0s"], "timeouts.connect", "1 ms"),
        (["--root", "a/../b"], "root", "\"..\""),
        (["--addressing", "virtual-hosted"], "addressing", "IP address"),
    ] {
        let said = world.run(&[&["cert", "ls"], &arguments[..]].concat()).ends(2);
        said.complains(&[&format!("error: {field}: "), reason, &format!("from:  the flag {}", arguments[0])]);
    }
    world.run(&["cert", "ls", "--https"]).ends(2).complains(&["secure: ", "the flag --https"]);
    world.set("OSSICLE_SIGNATURE", "v2").run(&["cert", "ls"]).ends(2).complains(&["`v4`", "OSSICLE_SIGNATURE"]);
    world.unset("OSSICLE_SIGNATURE").set("OSS_ACCESS_KEY_SECRET", "CANARY0secret\n");
    let origin = "the environment variable OSS_ACCESS_KEY_SECRET";
    world.run(&["cert", "ls"]).ends(2).complains(&["credentials.access-key-secret: ", "white space", origin]);
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn what_cannot_work_is_found_before_anything_is_compiled_4_12() {
    let mut world = World::new();
    let cache = world.path("cache");
    world.set("XDG_CACHE_HOME", &cache.to_string_lossy());
    for arguments in [
        &["cert", "ls", "--bucket", "Certificates"][..],
        &["lock", "status", "x", "--bucket", "Certificates"],
        &["blob", "ls", "/", "--bucket", "Certificates"],
        &["blob", "ls", "/", "--registry", "--parameter", "bucket=b"],
        &["cert", "ls", "--root", "a/../b"],
        &["cert", "ls", "--timeout-connect", "0s"],
        &["cert", "ls", "--lock-lease", "1s"],
        &["blob", "ls", "/", "--part-size", "1"],
        &["blob", "ls", "/", "--part-size", "512MiB", "--parts-in-flight", "64"],
    ] {
        world.run(arguments).ends(2);
        assert!(!cache.exists(), "{arguments:?}");
    }
    world.run(&["cert", "ls", "--lock-lease", "1s"]).ends(2).complains(&["locks.lease", "the flag --lock-lease"]);
    let said = world.run(&["blob", "ls", "/", "--part-size", "1"]).ends(2);
    said.complains(&["blobs.part-size", "the flag --part-size"]);
    world.set("OSS_ACCESS_KEY_ID", "a b").run(&["cert", "ls"]).ends(2).complains(&["OSS_ACCESS_KEY_ID"]);
    assert!(!cache.exists());
}

#[test]
fn a_slash_at_the_end_of_an_endpoint_is_no_path() {
    let mut world = World::new();
    let endpoint = format!("{}/", world.emulator.endpoint());
    world.set("OSS_ENDPOINT", &endpoint).run(&["cert", "ls"]).ends(0);
}

#[test]
fn a_file_is_read_strictly_and_never_quoted() {
    let world = World::bare();
    let good = file(&world);
    for (bad, parts) in [
        (
            good.replace("bucket", "bukket"),
            &["there is no field \"bukket\"", "ossicle.toml, line 1", "\"bucket\" may be meant"][..],
        ),
        (good.replace("access-key-id", "access_key_id"), &["\"credentials.access_key_id\"", "line 6", "access-key-id"]),
        (good.replace("[credentials]", "[credential]"), &["\"credential\"", "line 5"]),
        (good.replace(&format!("\"{SECRET}\""), &format!("\"{SECRET}")), &["no TOML", "line 7"]),
        (good.replace(&format!("\"{SECRET}\""), SECRET), &["no TOML", "line 7"]),
        (
            good.replace(&format!("\"{SECRET}\""), &format!("[\"{SECRET}\"]")),
            &["access-key-secret: must be a string", "line 7"],
        ),
        (
            good.replace("[credentials]", &format!("credentials = \"{SECRET}\"\n[timeouts]")),
            &["credentials: must be a table", "line 5"],
        ),
        (good.replace("cn-hangzhou", "CN"), &["region: ", "ossicle.toml, line 2"]),
        (format!("attempts = 11\n{good}"), &["attempts: must be 1 to 10", "ossicle.toml, line 1"]),
        (format!("{good}[timeouts]\nconnect = \"soon\"\n"), &["timeouts.connect: ", "ossicle.toml, line 9"]),
        (format!("bucket = \"twice\"\n{good}"), &["no TOML", "duplicate key"]),
    ] {
        world.config(&bad);
        world.run(&["cert", "ls"]).ends(2).complains(parts);
    }
}

#[cfg(unix)]
#[test]
fn a_secret_that_everybody_can_read_is_worth_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::bare();
    let path = world.config(file(&world));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = world.run(&["cert", "ls"]);
    assert_eq!(said.code, 0);
    said.complains(&[".config/ossicle/ossicle.toml holds a secret", "chmod 600"]);
}
