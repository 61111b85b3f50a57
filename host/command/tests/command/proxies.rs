//! 4.9: the proxies of the environment are honoured, and said to be.

use crate::canned::Canned;
use crate::world::World;

/// A proxy that refuses whatever it is asked for, and what it was asked.
fn proxy() -> Canned {
    Canned::start(403, &[], "no")
}

fn world(proxy: &Canned) -> World {
    let mut world = World::new();
    world.unset("OSS_ENDPOINT").set("HTTPS_PROXY", &proxy.url());
    world
}

#[test]
fn a_request_goes_through_the_proxy_of_the_environment() {
    let proxy = proxy();
    for verb in [&["cert", "load", "k", "--attempts", "1"][..], &["blob", "stat", "/k", "--attempts", "1"]] {
        world(&proxy).run(verb).ends(1).complains(&[
            &format!("why:   the proxy {}, through which certificates.oss-cn-hangzhou.aliyuncs.com", proxy.url()),
            "answers 403 Forbidden",
            "HTTPS_PROXY",
            "NO_PROXY=certificates.oss-cn-hangzhou.aliyuncs.com goes past it",
        ]);
    }
    let seen = proxy.seen();
    assert_eq!(seen, ["CONNECT certificates.oss-cn-hangzhou.aliyuncs.com:443 HTTP/1.1"; 2]);
}

#[test]
fn no_proxy_is_honoured_as_well() {
    let proxy = proxy();
    let mut world = world(&proxy);
    world.set("OSS_ENDPOINT", "https://oss.invalid").set("NO_PROXY", "example.com,.invalid");
    world.run(&["cert", "load", "k"]).ends(1).complains(&["certificates.oss.invalid can't be resolved"]);
    assert_eq!(proxy.seen(), [""; 0]);
}

/// STS is reached as the bucket is; this machine and the metadata service are not.
#[test]
fn services_that_give_credentials_too_but_not_this_machine() {
    let proxy = proxy();
    let mut world = World::new();
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET").set("ALL_PROXY", &proxy.url());
    let token = world.file("token", "a-token");
    world.file(
        "o.toml",
        format!(
            "[credentials]\nrole-arn = \"acs:ram::1:role/r\"\nprovider-arn = \"acs:ram::1:oidc-provider/p\"\ntoken-file = {token:?}\n\
             endpoint = \"https://sts.invalid\"\n"
        ),
    );
    let said = world.run(&["cert", "load", "k", "--config", "o.toml"]).ends(1);
    said.complains(&["no credentials: ", "through which sts.invalid is reached, answers 403"]);
    assert!(proxy.seen().iter().all(|line| line == "CONNECT sts.invalid:443 HTTP/1.1"), "{:?}", proxy.seen());

    // A server of the environment's own, which this program asks itself.
    let before = proxy.seen().len();
    world.set("ALIBABA_CLOUD_CREDENTIALS_URI", "https://credentials.invalid/c");
    let said = world.run(&["cert", "load", "k"]);
    said.complains(&["can't be reached through a proxy", "answers 403"]);
    assert_eq!(proxy.seen()[before..], ["CONNECT credentials.invalid:443 HTTP/1.1"]);

    let metadata = world.emulator.metadata_endpoint().unwrap();
    world.file("o.toml", format!("[credentials]\nsource = \"ecs-role\"\nendpoint = \"{metadata}\"\n"));
    world.run(&["cert", "ls", "--config", "o.toml"]).ends(0);
    assert_eq!(proxy.seen().len(), before + 1);
}

#[test]
fn what_is_no_proxy_is_said_without_its_password() {
    let mut world = World::new();
    world.set("HTTPS_PROXY", "socks5://user:CANARY@127.0.0.1:1080");
    world.run(&["cert", "ls"]).ends(2).complains(&["HTTPS_PROXY: ", "SOCKS"]);
    assert_eq!(world.emulator.stats().total, 0);
    let help = world.run(&["cert", "--help"]).ends(0).out;
    assert!(help.contains("HTTPS_PROXY") && help.contains("NO_PROXY"), "{help}");
}
