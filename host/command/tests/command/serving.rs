//! `ossicle registry`, as it is started and as it ends.

#![cfg(unix)]

use crate::served::{PORT, Served, blob_object, send};
use crate::world::{BOUND_DOMAIN, KEY_ID, SECRET, World};
use rustix::process::Signal;
use std::fs::Permissions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn without_settings_it_runs_on_an_emulator_and_says_what_to_try() {
    let world = World::bare();
    for signal in [Signal::INT, Signal::TERM] {
        let served = Served::start(&world, &PORT);
        served.keep("app", b"a layer");
        let address = served.address.clone();
        let (out, err) = served.end(signal);
        for command in ["docker push", "docker pull"] {
            assert!(out.contains(&format!("{command} {address}/IMAGE")), "{out}");
        }
        assert!(out.contains(&format!("http://{address}/ui\n")), "{out}");
        assert!(out.contains("emulator in memory") && err.is_empty(), "{out}{err}");
    }
    assert_eq!(world.emulator.stats().total, 0);
}

#[test]
fn bucket_of_the_settings_is_served() {
    let world = World::new();
    let served = Served::start(&world, &[&PORT[..], &["--root", "some/root", "--quiet"]].concat());
    let digest = served.keep("app", b"a layer");
    assert_eq!(world.stored(&format!("some/root/{}", blob_object(&digest))).unwrap(), b"a layer");
    // Nothing may be deleted unless that is said.
    assert_eq!(served.send("DELETE", &format!("/v2/app/blobs/{digest}"), "", b"").status, 405);
    let (out, err) = served.end(Signal::TERM);
    assert!(out.is_empty() && err.is_empty(), "{out}{err}");

    let served = Served::start(&world, &[&PORT[..], &["--root", "some/root", "--allow-delete"]].concat());
    assert_eq!(served.send("DELETE", &format!("/v2/app/blobs/{digest}"), "", b"").status, 202);
    served.end(Signal::TERM);
    let served = Served::start(&world, &[&PORT[..], &["--root", "some/root", "--read-only"]].concat());
    assert_eq!(served.send("POST", "/v2/app/blobs/uploads/", "", b"").status, 405);
    assert_eq!(served.send("GET", "/v2/", "", b"").status, 200);
    served.end(Signal::TERM);
}

#[test]
fn page_is_left_out_where_that_is_said() {
    let world = World::bare();
    for (more, status) in [(&[][..], 200), (&["--no-ui"][..], 404)] {
        let served = Served::start(&world, &[&PORT[..], more].concat());
        assert_eq!(served.send("GET", "/ui", "", b"").status, status);
        let (out, _) = served.end(Signal::TERM);
        assert_eq!(out.contains("/ui"), status == 200, "{out}");
    }
}

/// 2: the very environment of the registry that it replaces, and nothing else.
#[test]
fn environment_of_a_registry_is_enough() {
    let mut world = World::bare();
    let endpoint = world.emulator.endpoint();
    for (name, value) in [
        ("REGISTRY_STORAGE", "oss"),
        ("REGISTRY_STORAGE_OSS_BUCKET", "certificates"),
        ("REGISTRY_STORAGE_OSS_REGION", "oss-cn-hangzhou"),
        ("REGISTRY_STORAGE_OSS_ENDPOINT", &endpoint),
        ("REGISTRY_STORAGE_OSS_ACCESSKEYID", "an-access-key"),
        ("REGISTRY_STORAGE_OSS_ACCESSKEYSECRET", SECRET),
        ("REGISTRY_STORAGE_OSS_ROOTDIRECTORY", "images"),
        ("REGISTRY_STORAGE_DELETE_ENABLED", "true"),
        ("REGISTRY_STORAGE_REDIRECT_DISABLE", "true"),
        ("REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR", "inmemory"),
        ("REGISTRY_HTTP_ADDR", "127.0.0.1:0"),
        ("REGISTRY_HTTP_SECRET", "a-secret-of-several-processes"),
        ("REGISTRY_HTTP_HOST", "https://registry.example.com"),
        // Of an orchestrator, for a service of this name.
        ("REGISTRY_PORT", "tcp://10.0.0.1:5000"),
    ] {
        world.set(name, value);
    }
    let served = Served::start(&world, &[]);
    let large = vec![7; 2 << 20];
    // Not told where OSS has it, since redirects are disabled.
    let digest = served.keep("app", &large);
    assert_eq!(world.stored(&format!("images/{}", blob_object(&digest))).unwrap(), large);
    let begun = served.send("POST", "/v2/app/blobs/uploads/", "", b"");
    assert!(begun.head.contains("\nlocation: https://registry.example.com/v2/app/blobs/uploads/"), "{}", begun.head);
    assert_eq!(served.send("DELETE", &format!("/v2/app/blobs/{digest}"), "", b"").status, 202);
    let (_, err) = served.end(Signal::TERM);
    assert!(err.contains("not heeded: storage.cache.blobdescriptor") && !err.contains("REGISTRY_PORT"), "{err}");

    // By its file, over which the environment counts.
    for name in ["BUCKET", "REGION", "ENDPOINT", "ACCESSKEYID", "ACCESSKEYSECRET", "ROOTDIRECTORY"] {
        world.unset(&format!("REGISTRY_STORAGE_OSS_{name}"));
    }
    let file = world.file(
        "config.yml",
        format!(
            "version: 0.1\nhttp: {{addr: ':1', host: 'https://other.example.com'}}\nstorage:\n  oss:\n    bucket: certificates\n    \
             region: oss-cn-hangzhou\n    endpoint: {endpoint}\n    accesskeyid: an-access-key\n    accesskeysecret: {SECRET}\n"
        ),
    );
    let served = Served::start(&world, &["--registry-config", file.to_str().unwrap()]);
    let digest = served.keep("app", b"a layer");
    assert_eq!(world.stored(&blob_object(&digest)).unwrap(), b"a layer");
    served.end(Signal::TERM);
}

#[test]
fn what_is_there_is_looked_after() {
    let world = World::new();
    let served = Served::start(&world, &PORT);
    let (layer, config) = (served.keep("app", b"a layer"), served.keep("app", b"{}"));
    let garbage = served.keep("app", &[7; 4096]);
    let manifest = format!(
        "{{\"schemaVersion\":2,\"config\":{{\"mediaType\":\"c/c\",\"digest\":\"{config}\",\"size\":2}},\"layers\":[{{\"mediaType\":\"l/l\",\
         \"digest\":\"{layer}\",\"size\":7}}]}}"
    );
    let headers = "content-type: application/vnd.oci.image.manifest.v1+json\r\n";
    for tag in ["v1", "v2"] {
        let pushed = served.send("PUT", &format!("/v2/app/manifests/{tag}"), headers, manifest.as_bytes());
        assert_eq!(pushed.status, 201, "{}", String::from_utf8_lossy(&pushed.body));
    }
    served.send("POST", "/v2/app/blobs/uploads/", "", b"");
    served.end(Signal::TERM);

    assert_eq!(world.run(&["registry", "tags"]).ends(0).out, "app\n");
    assert_eq!(world.run(&["registry", "tags", "app"]).ends(0).out, "v1\nv2\n");
    assert_eq!(world.run(&["registry", "tags", "app", "--json"]).ends(0).out.matches("\"v1\"").count(), 1);
    world.run(&["registry", "tags", "none", "--json"]).ends(3).complains(&["not-found"]);
    world.run(&["registry", "tags", "A"]).ends(2);
    world.run(&["registry", "tags", "--listen", "127.0.0.1:0"]).ends(2);
    world.run(&["registry", "--listen", "127.0.0.1:0", "tags"]).ends(2).complains(&["for serving"]);
    assert_eq!(world.run(&["registry", "rm", "app:v2"]).ends(0).out, "removed v2 of app\n");
    assert_eq!(world.run(&["registry", "tags", "app"]).ends(0).out, "v1\n");
    world.run(&["registry", "rm", "app:v2", "--json"]).ends(3);
    world.run(&["registry", "rm", "app"]).ends(2).complains(&["REPOSITORY:TAG"]);

    let checked = world.run(&["registry", "check", "--hashes"]).ends(0);
    assert!(checked.out.contains("1 repositories, 1 tags, 1 manifests"), "{}", checked.out);
    let damaged = blob_object(&config);
    world.put(&damaged, "[]");
    let checked = world.run(&["registry", "check", "--hashes"]);
    assert!(checked.code == 1 && checked.out.contains("broken: ") && checked.out.contains(&config), "{checked:?}");
    assert_eq!(world.run(&["registry", "check", "--hashes", "--json"]).code, 1);
    world.put(&damaged, "{}");

    // Everything is young yet.
    let dry = world.run(&["registry", "gc", "--dry-run"]).ends(0);
    assert!(dry.out.contains("garbage  0 "), "{}", dry.out);
    world.emulator.clock().advance(Duration::from_secs(25 * 3600));
    let dry = world.run(&["registry", "gc", "--dry-run", "--json"]).ends(0);
    let report: serde_json::Value = serde_json::from_str(&dry.out).unwrap();
    assert_eq!((&report["garbage"]["count"], &report["garbage"]["size"]), (&1.into(), &4096.into()), "{report}");
    assert!(world.stored(&blob_object(&garbage)).is_some(), "nothing was deleted");
    world.run(&["registry", "gc", "--dry-run", "--grace", "1m"]).ends(2).complains(&["too short"]);
    let untagged = world.run(&["registry", "rm", "app:v1"]).ends(0);
    assert_eq!(untagged.out, "removed v1 of app\n");
    let dry = world.run(&["registry", "gc", "--dry-run", "--delete-untagged"]).ends(0);
    assert!(dry.out.contains("untagged, would be deleted: app@sha256:"), "{}", dry.out);

    world.emulator.bucket("certificates").upload_raw("docker/registry/v2/repositories/app/_uploads/u/data", "part", 1);
    assert!(world.run(&["registry", "purge"]).ends(0).out.contains("0 uploads"));
    world.emulator.clock().advance(Duration::from_secs(8 * 24 * 3600));
    assert!(world.run(&["registry", "purge", "--dry-run"]).ends(0).out.contains("1 uploads"));
    assert_eq!(world.emulator.bucket("certificates").uploads().len(), 1);
    let purged = world.run(&["registry", "purge", "--json"]).ends(0).out;
    assert!(purged.contains("_uploads/u/data"), "{purged}");
    assert_eq!(world.emulator.bucket("certificates").uploads().len(), 0);
    World::bare().run(&["registry", "gc"]).ends(2).complains(&["bucket: is missing"]);
}

/// Who asks is asked for a password, by the configuration of the registry that is replaced and by flags; what is asked is
/// logged, and what is pushed is told to others.
#[test]
fn users_are_asked_for_and_what_they_do_is_told() {
    let mut world = World::bare();
    let endpoint = world.emulator.endpoint();
    let users = world.file("htpasswd", include_str!("../../../../guest/registry/tests/vectors/htpasswd"));
    let hook = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let told = hook.local_addr().unwrap();
    world.file(
        "config.yml",
        format!(
            "http: {{addr: '127.0.0.1:0'}}\nauth: {{htpasswd: {{realm: here, path: {}}}}}\nnotifications: {{endpoints: [{{name: a, \
             url: 'http://{told}/hook'}}]}}\nstorage:\n  oss:\n    bucket: certificates\n    region: oss-cn-hangzhou\n    endpoint: {endpoint}\n    \
             accesskeyid: an-access-key\n    accesskeysecret: {SECRET}\n",
            users.display()
        ),
    );
    let listening = std::thread::spawn(move || {
        let (mut stream, _) = hook.accept().unwrap();
        let (mut read, mut piece) = (String::new(), [0; 4096]);
        while !read.contains("\"action\":\"push\"") {
            let count = stream.read(&mut piece).unwrap();
            assert!(count > 0, "{read}");
            read.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        read
    });
    let ada = "authorization: Basic YWRhOmNvcnJlY3QgaG9yc2U=\r\n";
    let served = Served::start(&world, &["--registry-config", "config.yml", "--access-log", "log"]);
    let asked = served.send("GET", "/v2/", "", b"");
    assert_eq!(asked.status, 401);
    assert!(asked.head.contains("www-authenticate: Basic realm=\"here\""), "{}", asked.head);
    assert_eq!(served.send("GET", "/v2/", "authorization: Basic YWRhOndyb25n\r\n", b"").status, 401);
    assert_eq!(served.send("GET", "/v2/", ada, b"").status, 200);
    let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let pushed = served.send("POST", &format!("/v2/app/blobs/uploads/?digest={digest}"), ada, b"abc");
    assert_eq!(pushed.status, 201, "{}", pushed.head);
    let told = listening.join().unwrap();
    assert!(told.starts_with("POST /hook") && told.contains("\"name\":\"ada\"") && told.contains(digest), "{told}");
    served.end(Signal::TERM);
    let log = std::fs::read_to_string(world.path("log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines.len() == 4 && lines[0].contains("\"GET /v2/ HTTP/1.1\" 401") && lines[2].contains(" ada ["), "{log}");

    for (name, value) in [
        ("OSS_ENDPOINT", endpoint.as_str()),
        ("OSS_BUCKET", "certificates"),
        ("OSS_REGION", "cn-hangzhou"),
        ("OSS_ACCESS_KEY_ID", "an-access-key"),
        ("OSS_ACCESS_KEY_SECRET", SECRET),
    ] {
        world.set(name, value);
    }
    let served = Served::start(&world, &[&PORT[..], &["--htpasswd", "htpasswd", "--anonymous-pull"]].concat());
    let blob = format!("/v2/app/blobs/{digest}");
    assert_eq!(served.send("GET", &blob, "", b"").body, b"abc");
    assert_eq!(served.send("POST", "/v2/app/blobs/uploads/", "", b"").status, 401);
    assert_eq!(served.send("POST", "/v2/app/blobs/uploads/", ada, b"").status, 202);
    served.end(Signal::TERM);
    world.run(&["registry", "--anonymous-pull"]).ends(2).complains(&["--htpasswd FILE"]);
    world.run(&["registry", "--htpasswd", "none"]).ends(2).complains(&["authentication", "none"]);
}

#[test]
fn tenants_of_a_file_are_served_from_their_buckets() {
    let world = World::bare();
    let endpoint = world.emulator.endpoint();
    let tenant = |name: &str, reach: &str| {
        format!(
            "[[tenant]]\nname = \"{name}\"\n{reach}\n[tenant.storage]\nbucket = \"certificates\"\nregion = \"cn-hangzhou\"\nroot = \"{name}\"\n\
             endpoint = \"{endpoint}\"\ncredentials = {{ access-key-id = \"an-access-key\", access-key-secret = \"{SECRET}\" }}\n"
        )
    };
    world.file(
        "tenants.toml",
        "[engine]\nlookups = 5\n".to_owned() + &tenant("a", "path = \"team-a\"") + &tenant("b", "path = \"team-b\""),
    );
    let served = Served::start(&world, &[&PORT[..], &["--tenants", "tenants.toml"]].concat());
    let digest = served.keep("team-a/app", b"a layer");
    served.keep("team-b", b"another layer");
    assert_eq!(world.stored(&format!("a/{}", blob_object(&digest))).unwrap(), b"a layer");
    assert_eq!(served.send("GET", "/v2/app/tags/list", "", b"").status, 404);
    served.end(Signal::TERM);
    world.run(&["registry", "--tenants", "tenants.toml", "--bucket", "b"]).ends(2).complains(&["--tenants"]);
    world.run(&["registry", "--tenants", "tenants.toml", "--read-only"]).ends(2);
    world.file("tenants.toml", tenant("a", "colour = 1"));
    world.run(&["registry", "--tenants", "tenants.toml"]).ends(2).complains(&["tenants.toml", "line 3", "colour"]);
}

/// The registry's own requests go to the address of its endpoint, and clients are sent to a domain that is bound to the bucket:
/// by a flag, by a parameter of the registry that is replaced, and by a tenant's options.
#[test]
fn redirects_lead_to_the_endpoint_for_urls() {
    let world = World::bare();
    let (endpoint, address) = (world.emulator.endpoint(), world.emulator.addr().to_string());
    let host = format!("{BOUND_DOMAIN}:{}", world.emulator.addr().port());
    let urls = format!("http://{host}");
    let of_registry = |more: &str| {
        format!(
            "storage:\n  oss:\n    bucket: certificates\n    region: oss-cn-hangzhou\n    endpoint: {endpoint}\n    \
             accesskeyid: {KEY_ID}\n    accesskeysecret: {SECRET}\n{more}"
        )
    };
    world.file("config.yml", of_registry(""));
    world.file("with-urls.yml", of_registry(&format!("    urlendpoint: {urls}/\n")));
    world.config(format!(
        "bucket = \"certificates\"\nregion = \"cn-hangzhou\"\nendpoint = \"{endpoint}\"\n\
         credentials = {{ access-key-id = \"{KEY_ID}\", access-key-secret = \"{SECRET}\" }}\n"
    ));
    world.file(
        "tenants.toml",
        format!(
            "[[tenant]]\nname = \"a\"\n[tenant.storage]\nbucket = \"certificates\"\nregion = \"cn-hangzhou\"\n\
             endpoint = \"{endpoint}\"\nblobs = {{ url-endpoint = \"{urls}\", url-addressing = \"custom-domain\" }}\n\
             credentials = {{ access-key-id = \"{KEY_ID}\", access-key-secret = \"{SECRET}\" }}\n"
        ),
    );
    let parameter = format!("urlendpoint={urls}");
    for (number, arguments) in (1..).zip([
        &["--url-endpoint", &urls, "--url-addressing", "custom-domain"][..],
        &["--registry-config", "with-urls.yml"],
        &["--registry-config", "config.yml", "--parameter", &parameter],
        &["--tenants", "tenants.toml"],
    ]) {
        let served = Served::start(&world, &[&PORT[..], arguments].concat());
        let content = vec![number; 1 << 20];
        let digest = served.push("app", &content);
        let blob = format!("/v2/app/blobs/{digest}");
        assert_eq!(served.send("HEAD", &blob, "", b"").status, 200, "{arguments:?}");
        let told = served.send("GET", &blob, "", b"");
        let location = told.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
        assert_eq!(told.status, 307, "{arguments:?}");
        let path = location.strip_prefix(&urls).unwrap();
        assert!(path.starts_with(&format!("/{}?", blob_object(&digest))), "{arguments:?}");
        let read = send(&address, &host, "GET", path, "", b"");
        assert!(read.status == 200 && read.body == content, "{arguments:?}: {}", read.head);
        // The emulator looks at the signature there.
        let longer = path.replace("x-oss-expires=1200", "x-oss-expires=1201");
        assert_ne!(longer, path);
        assert_eq!(send(&address, &host, "GET", &longer, "", b"").status, 403, "{arguments:?}");
        served.end(Signal::TERM);
    }
    let both = ["registry", "--registry-config", "config.yml", "--url-endpoint", &urls];
    world.run(&both).ends(2).complains(&["--url-endpoint"]);
}

#[test]
fn what_can_not_be_heeded_is_refused_before_anything_is_served() {
    let mut world = World::new();
    world.set("REGISTRY_STORAGE_OSS_BUCKET", "another");
    world.run(&["registry"]).ends(2).complains(&["named twice", "OSS_BUCKET", "REGISTRY_STORAGE_OSS_BUCKET"]);
    world.unset("REGISTRY_STORAGE_OSS_BUCKET");
    let mut bare = World::bare();
    bare.run(&["registry", "--region", "cn-hangzhou"]).ends(2).complains(&["bucket: is missing"]);
    for (name, value, part) in [
        ("REGISTRY_PROXY_REMOTEURL", "https://registry-1.docker.io", "proxy.remoteurl"),
        ("REGISTRY_AUTH_SILLY_REALM", "r", "auth.silly.realm"),
        ("REGISTRY_HTTP_TLS_CERTIFICATE", "/c", "http.tls"),
    ] {
        bare.set(name, value).set("REGISTRY_STORAGE_OSS_BUCKET", "b");
        bare.run(&["registry"]).ends(2).complains(&[part]);
        bare.unset(name);
    }
    let short = world.file("secret", "short");
    std::fs::set_permissions(&short, Permissions::from_mode(0o600)).unwrap();
    world.run(&["registry", "--secret-file", "secret"]).ends(2).complains(&["has 5 bytes", "openssl rand"]);
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    world.run(&["registry", "--listen", &address]).ends(1).complains(&["can't listen on", &address]);
}
