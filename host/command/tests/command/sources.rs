//! Where the command's credentials come from.

use crate::world::World;
use ossicle_emulator::{OidcToken, Operation, Role};

/// A world with a metadata service and STS, and no access key.
fn world() -> World {
    let mut world = World::new();
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET");
    world
}

#[test]
fn the_role_of_the_instance_by_the_config_file() {
    let world = world();
    let endpoint = world.emulator.metadata_endpoint().unwrap();
    world.config(format!("[credentials]\nsource = \"ecs-role\"\nendpoint = {endpoint:?}\n"));
    world.run(&["cert", "store", "k", ".config/ossicle/ossicle.toml"]).ends(0);
    assert_eq!(world.emulator.stats().count(Operation::GetRoleCredentials), 1);
    let said = world.run(&["cert", "-vv", "load", "k"]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn a_role_by_token_by_the_environment() {
    let mut world = world();
    world.emulator.ram().add_oidc_token(OidcToken::new("CANARY-oidc"));
    let file = world.file("token", "CANARY-oidc\n");
    let endpoint = world.emulator.sts_endpoint().unwrap();
    world.config(format!("[credentials]\nendpoint = {endpoint:?}\n"));
    world
        .set("ALIBABA_CLOUD_ROLE_ARN", &Role::new("web").arn())
        .set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", &OidcToken::provider_arn())
        .set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", &file.to_string_lossy());
    world.run(&["cert", "store", "k", ".config/ossicle/ossicle.toml"]).ends(0);
    assert_eq!(world.emulator.stats().count(Operation::AssumeRoleWithOIDC), 1);
    world.file("token", "CANARY-unknown");
    let said = world.run(&["cert", "-vv", "load", "k"]).ends(1);
    said.complains(&["AuthenticationFail.OIDCToken.Invalid"]);
    world.set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/no/such/file");
    world.run(&["cert", "load", "k"]).ends(2).complains(&["credentials.token", "/no/such/file"]);
}

#[test]
fn a_server_beside_and_a_profile() {
    let mut world = world();
    let metadata = world.emulator.metadata_endpoint().unwrap();
    let uri = format!("{metadata}/latest/meta-data/ram/security-credentials/web");
    world.set("ALIBABA_CLOUD_CREDENTIALS_URI", &uri);
    world.file("f", "value");
    world.run(&["cert", "store", "k", "f"]).ends(0);
    assert_eq!(world.emulator.stats().count(Operation::GetRoleCredentials), 1);
    world.run(&["blob", "put", "/k", "f"]).ends(0);
    assert_eq!(world.emulator.stats().count(Operation::GetRoleCredentials), 2);
    world.set("ALIBABA_CLOUD_CREDENTIALS_URI", &format!("{metadata}/nothing"));
    world.run(&["cert", "load", "k"]).ends(2).complains(&["the credentials URI", "404"]);

    let secret = crate::world::SECRET;
    let profile = format!(
        r#"{{"current":"me","profiles":[{{"name":"me","mode":"AK","access_key_id":"{}","access_key_secret":"{secret}"}}]}}"#,
        crate::world::KEY_ID
    );
    world.file(".aliyun/config.json", profile);
    assert_eq!(world.run(&["cert", "load", "k"]).ends(0).out, "value");
    world.file(".aliyun/config.json", format!("{{\"current\": {secret}"));
    world.run(&["cert", "load", "k"]).ends(2).complains(&[".aliyun/config.json", "line 1"]);
}

/// An access key that STS knows, in a profile of the CLI's.
fn profile(mode: &str, more: &str) -> String {
    let (id, secret) = (crate::world::KEY_ID, crate::world::SECRET);
    format!(
        "{{\"name\":\"me\",\"mode\":\"{mode}\",\"access_key_id\":\"{id}\",\"access_key_secret\":\"{secret}\"{more}}}"
    )
}

#[test]
fn roles_by_access_key_4_5() {
    let mut world = world();
    world.emulator.ram().add_role(Role::new("other"));
    let sts = world.emulator.sts_endpoint().unwrap();
    let (id, secret) = (crate::world::KEY_ID, crate::world::SECRET);
    let key = format!("access-key-id = \"{id}\"\naccess-key-secret = \"{secret}\"\n");
    let arn = Role::new("web").arn();
    world.file("f", "value");
    world.config(format!("[credentials]\nsource = \"ram-role\"\nrole-arn = \"{arn}\"\nendpoint = \"{sts}\"\n{key}"));
    world.run(&["cert", "store", "k", "f"]).ends(0);
    assert_eq!(world.emulator.stats().count(Operation::AssumeRole), 1);
    world.config(format!("[credentials]\nrole-arn = \"acs:ram::1:role/none\"\nendpoint = \"{sts}\"\n{key}"));
    world.run(&["cert", "load", "k"]).ends(1).complains(&["EntityNotExist.Role"]);
    world.config(format!("[credentials]\nrole-arn = \"none\"\nendpoint = \"{sts}\"\n{key}"));
    let said = world.run(&["cert", "load", "k"]).ends(2);
    said.complains(&["roles.role-arn", "no ARN", ".config/ossicle/ossicle.toml, line 2"]);
    // In a profile STS is the region's, which is not here: it is asked, and not the bucket without it.
    std::fs::remove_file(world.path(".config/ossicle/ossicle.toml")).unwrap();
    let role = profile("RamRoleArn", &format!(",\"ram_role_arn\":\"{arn}\",\"sts_region\":\"nowhere\""));
    world.file(".aliyun/config.json", format!("{{\"current\":\"me\",\"profiles\":[{role}]}}"));
    world.emulator.reset();
    world.set("OSS_REGION", "cn-hangzhou");
    world.run(&["cert", "load", "k", "--attempts", "1"]).ends(1).complains(&["STS"]);
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn what_is_empty_or_has_no_role_blocks_nothing_4_5() {
    let mut world = world();
    world.file("f", "value");
    let metadata = world.emulator.metadata_endpoint().unwrap();
    let uri = format!("{metadata}/latest/meta-data/ram/security-credentials/web");
    world.set("ALIBABA_CLOUD_CREDENTIALS_URI", &uri);
    world.file(
        ".aliyun/config.json",
        r#"{"current":"default","profiles":[{"name":"default","mode":"AK","access_key_id":""}]}"#,
    );
    world.file(".alibabacloud/credentials", "\u{feff}[other]\n");
    world.run(&["cert", "store", "k", "f"]).ends(0);
    // A metadata service that has no role to give.
    world.set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "false");
    let silent = ossicle_emulator::Emulator::builder().metadata(([127, 0, 0, 1], 0).into());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let silent = runtime.block_on(silent.start()).unwrap();
    world.config(format!("[credentials]\nendpoint = \"{}\"\n", silent.metadata_endpoint().unwrap()));
    world.run(&["cert", "load", "k"]).ends(0);
    assert_eq!(silent.stats().count(Operation::GetInstanceRole), 1);
    world.unset("ALIBABA_CLOUD_CREDENTIALS_URI");
    world.run(&["cert", "load", "k"]).ends(1).complains(&["knows no such RAM role"]);
}

#[test]
fn a_key_that_was_signed_in_for_4_5() {
    let world = world();
    world.put("k", "value");
    world.emulator.add_key(ossicle_emulator::AccessKey::new("signed-in", "CANARY0sso").token("CANARY0token"));
    let with = |end: u64| {
        let key = "\"access_key_id\":\"signed-in\",\"access_key_secret\":\"CANARY0sso\",\"sts_token\":\"CANARY0token\"";
        let profile = format!("{{\"name\":\"sso\",\"mode\":\"CloudSSO\",{key},\"sts_expiration\":{end}}}");
        world.file(".aliyun/config.json", format!("{{\"current\":\"sso\",\"profiles\":[{profile}]}}"));
        world.run(&["cert", "load", "k"])
    };
    assert_eq!(with(4_000_000_000).ends(0).out, "value");
    with(1_700_000_000).ends(2).complains(&["expired", "aliyun sts GetCallerIdentity --profile sso"]);
}

#[test]
fn a_url_says_how_long_it_holds_4_10() {
    let mut world = World::new();
    let url = |world: &World, more: &[&str]| world.run(&[&["blob", "url", "/f"], more].concat());
    url(&world, &[]).ends(0);
    assert_eq!(world.emulator.stats().total, 1, "one request asks for the time");
    // The machine's clock is ten minutes behind OSS's, and the URL holds all the same.
    world.emulator.clock().advance(std::time::Duration::from_secs(600));
    let said = url(&world, &["--expires", "60s"]).ends(0);
    let moment = said.out.split("x-oss-date=").nth(1).unwrap()[..16].to_owned();
    let now = world.emulator.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let minute = |seconds: u64| (seconds / 3600 % 24 * 60) + seconds / 60 % 60;
    let signed: u64 = moment[9..11].parse::<u64>().unwrap() * 60 + moment[11..13].parse::<u64>().unwrap();
    assert!(signed.abs_diff(minute(now)) <= 1, "{moment}");

    // Temporary credentials: the end of the URL is theirs.
    let metadata = world.emulator.metadata_endpoint().unwrap();
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET");
    world.config(format!("[credentials]\nsource = \"ecs-role\"\nendpoint = \"{metadata}\"\n"));
    let said = url(&world, &["--expires", "7d", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let holds = told["expires"].as_u64().unwrap();
    assert!((6 * 3600 - 60..=6 * 3600).contains(&holds), "{told}");
    said.complains(&["holds for", "temporary credentials end"]);
    url(&world, &["--expires", "1h"]).ends(0);
    // A token whose end nobody knows, and a bucket that can't be asked for the time.
    world.set("OSS_ACCESS_KEY_ID", "x").set("OSS_ACCESS_KEY_SECRET", "CANARY0x").set("OSS_SESSION_TOKEN", "in-the-URL");
    std::fs::remove_file(world.path(".config/ossicle/ossicle.toml")).unwrap();
    world.set("OSS_ENDPOINT", "http://127.0.0.1:9");
    let said = url(&world, &["--attempts", "1"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.err.contains("ends with the security token") && said.err.contains("could not be asked for the time"),
        "{said:?}"
    );
}

#[test]
fn without_any_it_is_told_where_they_could_be() {
    let world = world();
    let said = world.run(&["cert", "ls"]).ends(2);
    said.complains(&["there is no access key", "OSS_ACCESS_KEY_ID", "ossicle help"]);
    world.run(&["cert", "ls", "--credentials", "uri"]).ends(2).complains(&["ALIBABA_CLOUD_CREDENTIALS_URI"]);
    assert_eq!(world.emulator.stats().total, 0);
}
