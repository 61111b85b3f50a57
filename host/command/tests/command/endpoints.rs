//! A wrong region or endpoint, and connections that can't be made: what is wrong, where it came from, what to write instead.

use crate::canned::Canned;
use crate::https::Https;
use crate::world::{Said, World};
use std::time::Duration;

const ELSEWHERE: &str = "<Error><Code>AccessDenied</Code><Message>The bucket you are attempting to access must be addressed \
    using the specified endpoint.</Message><Bucket>certificates</Bucket><Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint></Error>";

/// Both verbs, which share what they say of a connection.
fn each(world: &World, arguments: &[&str]) -> [Said; 2] {
    [&["cert", "load", "k", "--attempts", "1"][..], &["blob", "stat", "/k", "--attempts", "1"]]
        .map(|verb| world.run(&[verb, arguments].concat()))
}

/// 4.6: `<Endpoint>` of a 403 is told, and the hint does not blame the access key.
#[test]
fn the_host_that_serves_the_bucket_is_told() {
    let mut world = World::new();
    world.set("OSS_ENDPOINT", &Canned::oss(403, ELSEWHERE).url());
    for said in each(&world, &[]) {
        let said = said.ends(1).complains(&[
            "the bucket certificates is served by oss-cn-beijing.aliyuncs.com",
            "signed for the region cn-hangzhou, by the environment variable OSS_REGION",
            "the bucket is in cn-beijing: OSS_REGION=cn-beijing",
            "by the environment variable OSS_ENDPOINT",
            "OSS_ENDPOINT=oss-cn-beijing.aliyuncs.com",
        ]);
        assert!(!said.err.contains("access key"), "{}", said.err);
    }
    for said in each(&world, &["--region", "cn-shanghai"]) {
        said.ends(1).complains(&["by the flag --region", "--region cn-beijing"]);
    }
    let said = world.run(&["cert", "load", "k", "--json"]).ends(1);
    let told: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(told["error"]["oss"]["endpoint"], "oss-cn-beijing.aliyuncs.com");
}

/// 4.6: a wrong signing region, which OSS tells by its EC alone.
#[test]
fn a_wrong_signing_region_is_told_with_its_origin() {
    let mut world = World::new();
    for said in each(&world, &["--region", "cn-beijing"]) {
        said.ends(1).complains(&[
            "EC 0002-00000226",
            "signed for the region cn-beijing, by the flag --region",
            "give the bucket's own",
            "--region REGION",
        ]);
    }
    world.set("OSS_REGION", "cn-beijing");
    for said in each(&world, &[]) {
        said.ends(1).complains(&["by the environment variable OSS_REGION", "OSS_REGION=REGION"]);
    }
}

/// 4.6: what is no region is refused before anything is done, with what to write.
#[test]
fn an_endpoint_given_for_the_region_is_refused_with_what_is_meant() {
    let world = World::new();
    for (region, parts) in [
        ("cn-hangzhou-internal", &["the region is \"cn-hangzhou\"", "the endpoint \"internal\""][..]),
        ("oss-cn-hangzhou-internal.aliyuncs.com", &["the region is \"cn-hangzhou\"", "the endpoint \"internal\""]),
        ("oss-accelerate", &["give \"accelerate\" as the endpoint", "the bucket's own region"]),
        ("https://oss-cn-hangzhou.aliyuncs.com", &["the region is \"cn-hangzhou\""]),
    ] {
        for said in each(&world, &["--region", region]) {
            said.ends(2).complains(parts).complains(&["error: region: ", "from:  the flag --region"]);
        }
    }
    assert_eq!(world.emulator.stats().total, 0);
}

/// 4.6: a region that is mistyped makes a host that does not exist.
#[test]
fn a_host_that_a_mistyped_region_makes_is_traced_to_it() {
    let mut world = World::new();
    world.unset("OSS_ENDPOINT");
    // A label of 63 letters is a name, but with what is put around it none that can be resolved.
    let region = "x".repeat(60);
    for said in each(&world, &["--region", &region]) {
        said.ends(1).complains(&["can't be resolved", "by the flag --region", "spelled as OSS spells it"]);
    }
    for said in each(&world, &["--endpoint", "oss-cn-hangzhou"]) {
        said.ends(1).complains(&["can't be resolved", "a whole host: --endpoint oss-cn-hangzhou.aliyuncs.com"]);
    }
}

/// 4.7: the example of the help works, and who leaves out the half of it is told.
#[test]
fn a_domain_that_is_bound_to_the_bucket_needs_its_addressing() {
    let world = World::new();
    let help = world.run(&["cert", "--help"]).ends(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("with --addressing custom-domain one that is bound to the bucket, https://files"), "{help}");
    assert!(help.contains("bound # to the bucket with addressing = \"custom-domain\""), "{help}");
    for said in each(&world, &["--endpoint", "https://files.invalid"]) {
        said.ends(1).complains(&[
            "certificates.files.invalid can't be resolved",
            "put before files.invalid",
            "--addressing custom-domain",
        ]);
    }
    for said in each(&world, &["--endpoint", "https://files.invalid", "--addressing", "custom-domain"]) {
        let said = said.ends(1).complains(&["why:   files.invalid can't be resolved"]);
        assert!(!said.err.contains("--addressing"), "{}", said.err);
    }
}

#[test]
fn a_bound_domain_is_reached_by_it() {
    let world = World::new();
    world.put("k", "value");
    let endpoint = format!("http://files.localhost:{}", world.emulator.addr().port());
    let arguments = ["--endpoint", &endpoint, "--addressing", "custom-domain"];
    for said in each(&world, &arguments) {
        said.ends(0);
    }
}

/// 4.8: three faults of a certificate, each by its name.
#[test]
fn faults_of_a_certificate_are_told_apart() {
    let mut world = World::new();
    for (names, validity, trusted, parts) in [
        (&["certificates.localhost"][..], (-20, -10), true, &["expired 10 days ago", "this machine's clock"][..]),
        (&["certificates.localhost"], (10, 20), true, &["holds in 10 days only", "this machine's clock"]),
        (&["other.test", "more.test"], (-10, 10), true, &["is for other.test and more.test"]),
        (&["certificates.localhost"], (-10, 10), false, &["an authority that is not known", "SSL_CERT_FILE=FILE"]),
    ] {
        let day = |days: i64| time::OffsetDateTime::now_utc() + time::Duration::hours(days * 24 + 12 * days.signum());
        let server = Https::start(names, day(validity.0), day(validity.1));
        world.set("OSS_ENDPOINT", &format!("https://localhost:{}", server.port));
        world.set("OSSICLE_ADDRESSING", "virtual-hosted").unset("SSL_CERT_FILE");
        if trusted {
            world.file("ca.pem", &server.ca);
            world.set("SSL_CERT_FILE", "ca.pem");
        }
        for said in each(&world, &[]) {
            said.ends(1)
                .complains(parts)
                .complains(&["why:   the certificate of certificates.localhost ", "will fail again"]);
        }
    }
}

/// 4.7: a certificate of the domain itself does not fit where the bucket's name stands before it.
#[test]
fn a_certificate_of_a_bound_domain_leads_to_its_addressing() {
    let mut world = World::new();
    let now = time::OffsetDateTime::now_utc();
    let day = time::Duration::days(1);
    let server = Https::start(&["files.localhost"], now - day, now + day);
    world.file("ca.pem", &server.ca);
    world.set("SSL_CERT_FILE", "ca.pem").set("OSS_ENDPOINT", &format!("https://files.localhost:{}", server.port));
    for said in each(&world, &[]) {
        said.ends(1).complains(&["is for files.localhost", "--addressing custom-domain"]);
    }
}

/// 4.8: who names the authorities wants no others.
#[test]
fn an_unreadable_file_of_authorities_is_an_error() {
    let mut world = World::new();
    world.unset("OSS_ENDPOINT").set("SSL_CERT_FILE", "/no/such/file");
    for said in each(&world, &[]) {
        said.ends(1).complains(&["SSL_CERT_FILE names /no/such/file, which can't be used"]);
    }
}

/// 4.8: when it is the credentials that can't be got, nothing is said of the bucket's endpoint.
#[test]
fn a_failing_source_of_credentials_is_not_the_buckets_endpoint() {
    let mut world = World::new();
    world.unset("OSS_ACCESS_KEY_ID").unset("OSS_ACCESS_KEY_SECRET");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = |source: &str| format!("[credentials]\n{source}\n");
    let token = world.file("token", "a-token");
    let role = format!(
        "role-arn = \"acs:ram::1:role/r\"\nprovider-arn = \"acs:ram::1:oidc-provider/p\"\ntoken-file = {token:?}"
    );
    let broken = Canned::start(503, &[], "no").url();
    for (source, parts) in [
        (
            format!("source = \"ecs-role\"\nendpoint = \"http://{closed}\""),
            &["the RAM role of this machine", "refuses connections"][..],
        ),
        (format!("{role}\nendpoint = \"http://{closed}\""), &["a RAM role, by STS", "refuses connections"]),
        (format!("{role}\nendpoint = \"{broken}\""), &["a RAM role, by STS"]),
        (format!("source = \"ecs-role\"\nendpoint = \"{broken}\""), &["the RAM role of this machine"]),
    ] {
        world.file("o.toml", config(&source));
        for said in each(&world, &["--config", "o.toml"]) {
            let said = said.ends(1).complains(parts).complains(&["no credentials: "]);
            assert!(!said.err.contains("requests go to") && !said.err.contains("taken effect"), "{}", said.err);
            assert!(!said.err.contains("OSS_ENDPOINT"), "{}", said.err);
        }
    }
    assert_eq!(world.emulator.stats().total, 0);
}

/// 4.8: a name that leads to an address that is refused: the address, and the way out.
#[test]
fn a_refused_address_is_told() {
    let world = World::new();
    // The resolver takes a number for an address: to us it is a name.
    for said in each(&world, &["--endpoint", "http://2130706433:9", "--addressing", "path"]) {
        said.ends(1).complains(&[
            "leads to 127.0.0.1",
            "127.0.0.1 is this machine",
            "--endpoint http://127.0.0.1:PORT",
        ]);
    }
}

/// What is there to be waited for is told as ever.
#[test]
fn who_is_late_is_told_by_the_endpoint() {
    let world = World::new();
    world.emulator.set_latency(Duration::from_secs(20));
    for said in each(&world, &["--timeout-first-byte", "100ms"]) {
        said.ends(1).complains(&["timed out", "requests go to the bucket certificates at "]);
    }
}
