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

#[test]
fn without_any_it_is_told_where_they_could_be() {
    let world = world();
    let said = world.run(&["cert", "ls"]).ends(2);
    said.complains(&["there is no access key", "OSS_ACCESS_KEY_ID", "ossicle help"]);
    world.run(&["cert", "ls", "--credentials", "uri"]).ends(2).complains(&["ALIBABA_CLOUD_CREDENTIALS_URI"]);
    assert_eq!(world.emulator.stats().total, 0);
}
