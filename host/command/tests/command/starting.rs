//! `ossicle registry` with settings that can't work: it says so and ends, and never says that it listens.

use crate::world::{SECRET, Said, World, said};
use std::time::{Duration, Instant};

/// A port on which somebody listens as long as it lives.
fn taken() -> std::net::TcpListener {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap()
}

/// Starts a registry that must not come to listen.
fn refuses(world: &World, arguments: &[&str], code: i32, parts: &[&str]) -> Said {
    let mut child = world.spawn(&[&["registry"], arguments].concat());
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("it goes on: {:?}", said(child));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let said = said(child).ends(code).complains(parts);
    assert!(said.out.is_empty(), "{said:?}");
    said
}

/// The same where it could listen anywhere.
fn refuses_to_listen(world: &World, arguments: &[&str], code: i32, parts: &[&str]) {
    refuses(world, &[arguments, &["--listen", "127.0.0.1:0"]].concat(), code, parts);
}

#[test]
fn bucket_that_is_not_there_and_wrong_keys_show_at_the_start() {
    let mut world = World::new();
    refuses_to_listen(
        &world,
        &["--bucket", "nobodys"],
        1,
        &[
            "error: can't serve the bucket \"nobodys\": no such bucket",
            "404 NoSuchBucket",
            "\"nobodys\" came from the flag --bucket",
        ],
    );
    world.set("OSS_ACCESS_KEY_SECRET", "CANARY0wrong");
    refuses_to_listen(
        &world,
        &[],
        1,
        &[
            "error: can't serve the bucket \"certificates\": access denied",
            "403 SignatureDoesNotMatch",
            "the environment variable OSS_ACCESS_KEY_ID",
        ],
    );
    refuses_to_listen(&world, &["--json"], 1, &["\"access-denied\""]);
}

/// The same with the parameters of the registry that is replaced.
#[test]
fn bucket_of_a_replaced_registry_is_looked_at_as_well() {
    let world = World::bare();
    let endpoint = world.emulator.endpoint();
    world.file(
        "config.yml",
        format!(
            "storage:\n  oss:\n    bucket: nobodys\n    region: oss-cn-hangzhou\n    endpoint: {endpoint}\n    \
             accesskeyid: an-access-key\n    accesskeysecret: {SECRET}\n"
        ),
    );
    refuses_to_listen(
        &world,
        &["--registry-config", "config.yml"],
        1,
        &["can't serve the bucket \"nobodys\": no such bucket"],
    );
}

#[test]
fn port_that_is_taken_is_named() {
    let (world, taken) = (World::bare(), taken());
    let address = taken.local_addr().unwrap().to_string();
    let parts = [&format!("can't serve: can't listen on {address}: "), "hint:", "--listen"];
    refuses(&world, &["--listen", &address], 1, &parts);
}

#[test]
fn addresses_are_those_that_the_replaced_registry_takes() {
    let world = World::bare();
    for wrong in ["5000", "nonsense", "127.0.0.1", ":x", "127.0.0.1:70000"] {
        let parts = ["'--listen <ADDRESS>'", "127.0.0.1:5000, localhost:5000, or :5000 for every address"];
        refuses(&world, &["--listen", wrong], 2, &parts);
    }
    let taken = taken();
    let port = taken.local_addr().unwrap().port();
    refuses(&world, &["--listen", &format!("localhost:{port}")], 1, &[&format!(":{port}: ")]);
}

#[test]
fn certificate_and_key_that_do_not_fit_are_named() {
    let world = World::bare();
    let pair = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (one, other) = (pair(), pair());
    world.file("certificate", one.cert.pem());
    world.file("key", other.signing_key.serialize_pem());
    world.file("nothing", "");
    for (certificate, key, expected) in [
        ("certificate", "key", "TLS: the key of key is not that of the certificate of certificate"),
        ("key", "key", "TLS: key: there is no certificate in it"),
        ("certificate", "certificate", "TLS: certificate: there is no private key in it"),
        ("nothing", "key", "TLS: nothing: there is no certificate in it"),
        ("certificate", "absent", "TLS: absent: can't be read: "),
        ("absent", "key", "TLS: absent: can't be read: "),
    ] {
        refuses_to_listen(&world, &["--tls-certificate", certificate, "--tls-key", key], 2, &[expected]);
    }
}

#[test]
fn files_that_are_none_are_named() {
    let world = World::bare();
    world.file("plain", "ada:plain\n");
    world.file("yaml", "http:\n  addr: [1\n");
    world.file("empty", "");
    world.file("s3", "storage:\n  s3:\n    bucket: b\n");
    for (arguments, expected) in [
        (["--htpasswd", "absent"], "authentication: can't read absent: "),
        (["--htpasswd", "plain"], "plain, line 1: only bcrypt is supported"),
        (["--secret-file", "empty"], "empty: has 0 bytes, and at least 32 are needed"),
        (["--access-log", "absent/log"], "can't open the access log absent/log: "),
        (["--registry-config", "absent"], "the registry's config absent can't be read: "),
        (["--registry-config", "yaml"], "the registry's config: is no YAML"),
        (["--registry-config", "empty"], "nothing below storage.oss, where the bucket would be"),
        (["--registry-config", "s3"], "nothing below storage.oss, where the bucket would be"),
        (["--tenants", "absent"], "the tenants of absent: can't be read: "),
        (["--tenants", "empty"], "there is no tenant in it"),
    ] {
        refuses_to_listen(&world, &arguments, 2, &[expected]);
    }
}
