//! The page for people, as files. What a browser makes of them is looked at in `tests/judges`.

use ossicle_service::ServerSettings;
use ossicle_service::auth::{Authenticator, HtpasswdSettings};
use ossicle_service::{Registries, Tenant, TenantSettings, Tenants};

use crate::client::{Client, whole};
use crate::world::{PART, Process, World, blobs, emulator, environment, options};

/// What the page's files name, as a browser finds it.
async fn files(client: Client) -> Vec<String> {
    let mut found = vec!["/ui".to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        let text = String::from_utf8(client.get(&path).await.expect(200).body.to_vec()).unwrap();
        for name in text.split(['"', '\'']).filter(|name| name.starts_with("/ui/") || name.starts_with("./")) {
            let path = name.replacen("./", "/ui/", 1);
            if !found.contains(&path) {
                found.push(path);
            }
        }
        next += 1;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_page_may_do_nothing_but_read_this_host() {
    let world = World::new(PART).await;
    let client = world.client();
    let files = files(client).await;
    assert!(files.len() > 10, "{files:?}");
    for path in &files {
        let reply = client.get(path).await.expect(200);
        let policy = reply.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self';",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        let media_type = match path.rsplit_once('.').map(|(_, ending)| ending) {
            None => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some(_) => "text/javascript; charset=utf-8",
        };
        assert_eq!(reply.header("content-type"), media_type, "{path}");
    }
    assert_eq!(world.requests(), 0, "the page alone asks nothing of OSS");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_is_asked_again_and_sent_again_only_if_it_changed() {
    let world = World::new(PART).await;
    let client = world.client();
    let whole_page = client.get("/ui").await.expect(200);
    let etag = whole_page.header("etag").to_owned();
    assert_eq!(whole_page.header("cache-control"), "no-cache");
    for (known, status) in [(etag.as_str(), 304), ("\"another\"", 200)] {
        let reply = client.send_body("GET", "/ui", &[("if-none-match", known)], whole("")).await.expect(status);
        assert_eq!(reply.header("etag"), etag);
        assert_eq!(reply.body.is_empty(), status == 304);
    }
    let head = client.head("/ui").await.expect(200);
    assert_eq!(head.header("content-length"), whole_page.body.len().to_string());
    assert!(head.body.is_empty() && head.header("etag") == etag);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_methods_of_the_page_are_these() {
    let world = World::new(PART).await;
    let client = world.client();
    assert_eq!(client.get("/ui/").await.expect(308).header("location"), "/ui");
    for path in ["/ui/x", "/ui/page.html", "/ui/../v2/", "/uix", "/ui/page.css/", "/UI"] {
        client.get(path).await.expect(404);
    }
    for (method, path) in
        [("POST", "/ui"), ("PUT", "/ui/"), ("DELETE", "/ui/main.js"), ("OPTIONS", "/ui"), ("POST", "/metrics")]
    {
        let reply = client.send(method, path, "").await.expect(405);
        assert_eq!(reply.header("allow"), "GET, HEAD", "{method} {path}");
    }
    let counted = String::from_utf8(client.get("/metrics").await.body.to_vec()).unwrap();
    let line = "ossicle_registry_requests_total{method=\"GET\",route=\"ui\",status=\"308\"} 1";
    assert!(counted.lines().any(|other| other == line), "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_that_is_off_is_not_there() {
    let emulator = emulator().await;
    let settings = ServerSettings::default();
    let tenant = Process::tenant(&emulator, options(PART), settings.body_timeout);
    let registries = Registries::new(Tenants::one(Tenant::new(tenant, environment())), false);
    let process = Process::serve_registries(registries, settings, None).await;
    for path in ["/ui", "/ui/", "/ui/page.css"] {
        let reply = process.client().get(path).await.expect(404);
        assert!(reply.header("content-security-policy").is_empty());
    }
    process.client().get("/v2/").await.expect(200);
}

/// A process whose registry asks for credentials in this way.
async fn guarded(access: Authenticator) -> Process {
    let emulator = emulator().await;
    let settings = TenantSettings {
        name: "guarded".to_owned(),
        blobs: blobs(&emulator, PART, ossicle::Limits::default()),
        access,
        options: options(PART),
        parts_in_flight: 2,
        upload_bytes: 224 << 20,
        location_base: None,
        purging: None,
        collecting: None,
    };
    Process::serve(Tenants::one(Tenant::new(settings, environment())), ServerSettings::default(), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn page_is_for_everybody_and_what_it_reads_is_not() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guest/registry/tests/vectors/htpasswd").into();
    let access = Authenticator::htpasswd(HtpasswdSettings { path, ..HtpasswdSettings::default() }).unwrap();
    let process = guarded(access).await;
    process.client().get("/ui").await.expect(200);
    let reply = process.client().get("/v2/_catalog").await.expect(401);
    assert_eq!(reply.header("www-authenticate"), "Basic realm=\"Registry Realm\"");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_may_ask_the_token_server_of_the_settings() {
    use ossicle_service::auth::TokenSettings;
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle.pem");
    let made = rcgen::generate_simple_self_signed(["auth.example.com".to_owned()]).unwrap();
    std::fs::write(&bundle, made.cert.pem()).unwrap();
    let settings = TokenSettings {
        realm: "https://auth.example.com:8443/token".to_owned(),
        service: "registry".to_owned(),
        issuer: "auth".to_owned(),
        rootcertbundle: Some(bundle),
        ..TokenSettings::default()
    };
    let process = guarded(Authenticator::token(settings).unwrap()).await;
    let reply = process.client().get("/ui").await.expect(200);
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("connect-src 'self' https://auth.example.com:8443;"), "{policy}");
}
