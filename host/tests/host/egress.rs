//! Where requests may go, and what becomes of them.

use crate::server::Server;
use crate::support::{config, config_of, engine, get, options, shared, tenant_of, text};
use futures_util::future::join_all;
use ossicle::{Addressing, CredentialSource, Credentials, EcsRole, Limits, OidcRole, Tenant};
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

fn to(endpoint: &str) -> Tenant {
    let config = config("bucket", endpoint).addressing(Addressing::CustomDomain);
    shared().tenant("test", config, Limits::default()).unwrap()
}

#[tokio::test]
async fn no_request_leaves_for_another_place() {
    let server = Server::start().await;
    let other = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    let port = server.address.port();
    for url in [
        other.url("/"),
        "http://100.100.100.200/latest/meta-data/ram/security-credentials/".to_owned(),
        "http://169.254.169.254/".to_owned(),
        format!("https://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1.evil.example:{port}/"),
        format!("http://127.0.0.1:{port}@evil.example/"),
        format!("http://user@127.0.0.1:{port}/"),
        "http://127.0.0.1/".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
    ] {
        let said = get(&tenant, &url).await;
        assert!(
            said.contains("HttpRequestDenied") || said.contains("HttpProtocolError") || said.contains("UriInvalid"),
            "{url}: {said}"
        );
    }
    assert_eq!((server.accepted(), other.accepted()), (0, 0));
    assert!(tenant.metrics().refused >= 7);
    assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
}

/// What gives credentials may be asked by the tenant whose config chose it, for these, and by nobody else.
#[tokio::test]
async fn a_source_of_credentials_is_open_to_whom_it_was_chosen_for() {
    let (bucket, service) = (Server::start().await, Server::start().await);
    let role = "/latest/meta-data/ram/security-credentials/";
    let asked = ["/latest/api/token".to_owned(), role.to_owned(), format!("{role}web"), "/?Action=x".to_owned()];
    let beyond = ["/latest/user-data".to_owned(), format!("{role}../../user-data"), "/x".to_owned()];

    let mut instance = EcsRole::new();
    instance.endpoint = Some(service.url(""));
    let mut by_token = OidcRole::new("acs:ram::1:role/r", "acs:ram::1:oidc-provider/p", "a-token");
    by_token.endpoint = Some(service.url(""));
    let sources: [(CredentialSource, &[usize]); 4] = [
        (Credentials::new("id", "secret").into(), &[]),
        (CredentialSource::Host, &[]),
        (instance.into(), &[0, 1, 2]),
        (by_token.into(), &[3]),
    ];
    for (source, open) in sources {
        let mut config = config_of("bucket", &bucket);
        config.credentials = source;
        let tenant = shared().tenant("test", config, Limits::default()).unwrap();
        for (at, path) in asked.iter().enumerate() {
            let said = get(&tenant, &service.url(path)).await;
            assert_eq!(!said.contains("HttpRequestDenied"), open.contains(&at), "{path}: {said}");
        }
        for path in &beyond {
            let said = get(&tenant, &service.url(path)).await;
            assert!(said.contains("HttpRequestDenied"), "{path}: {said}");
        }
        assert!(!get(&tenant, &bucket.url("/x")).await.contains("HttpRequestDenied"));
    }
    assert_eq!(service.requests(), 4);
}

/// By its address, and never by a name or a number that leads there.
#[tokio::test]
async fn the_metadata_service_itself_is_reached_by_its_own_role_only() {
    let url = "http://100.100.100.200/latest/api/token connect=1";
    let mut config = config("bucket", "http://127.0.0.1:9");
    config.credentials = EcsRole::new().into();
    let chosen = shared().tenant("test", config.clone(), Limits::default()).unwrap();
    let said = get(&chosen, url).await;
    assert!(!said.contains("HttpRequestDenied") && !said.contains("DestinationIpProhibited"), "{said}");

    let mut role = OidcRole::new("acs:ram::1:role/r", "acs:ram::1:oidc-provider/p", "a-token");
    role.endpoint = Some("http://100.100.100.200".to_owned());
    config.credentials = role.into();
    let other = shared().tenant("test", config.clone(), Limits::default()).unwrap();
    assert!(get(&other, "http://100.100.100.200/ connect=5000").await.contains("DestinationIpProhibited"));
    assert!(get(&other, url).await.contains("HttpRequestDenied"));

    let mut role = EcsRole::new();
    role.endpoint = Some("http://1684301000".to_owned());
    config.credentials = role.into();
    let named = shared().tenant("test", config, Limits::default()).unwrap();
    let said = get(&named, "http://1684301000/latest/api/token connect=5000").await;
    assert!(said.contains("DestinationIpProhibited"), "{said}");
}

#[tokio::test]
async fn no_name_leads_to_metadata_or_to_this_machine() {
    // getaddrinfo takes a number for an address, so these are names to us and addresses to it.
    for endpoint in ["http://1684301000", "http://100.100.100.200", "http://169.254.169.254", "http://2130706433:9"] {
        let tenant = to(endpoint);
        let said = get(&tenant, &format!("{endpoint}/")).await;
        assert!(said.contains("DestinationIpProhibited"), "{endpoint}: {said}");
        assert_eq!(tenant.metrics().connections, 0);
    }
}

#[tokio::test]
async fn an_operator_can_bind_a_name() {
    let server = Server::start().await;
    let engine = engine(options().resolve("bucket.oss-cn-hangzhou.aliyuncs.com", 80, server.address));
    let tenant = engine.tenant("test", config("bucket", "public").secure(false), Limits::default()).unwrap();
    assert_eq!(get(&tenant, "http://bucket.oss-cn-hangzhou.aliyuncs.com/").await, "200 hello");
    assert!(server.seen.heads.lock().unwrap()[0].contains("host: bucket.oss-cn-hangzhou.aliyuncs.com\r\n"));
}

#[tokio::test]
async fn names_below_localhost_are_this_machine() {
    let server = Server::start().await;
    let url = format!("http://bucket.localhost:{}", server.address.port());
    let config = config("bucket", &format!("http://localhost:{}", server.address.port()));
    let config = config.addressing(Addressing::VirtualHosted);
    let tenant = shared().tenant("test", config, Limits::default()).unwrap();
    assert_eq!(get(&tenant, &url).await, "200 hello");
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    for _ in 0..50 {
        assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
    }
    assert_eq!(server.accepted(), 1, "50 requests in a row");

    let (certificates, key) = (tenant.certificates(), format!("get {}", server.url("/delay/50")));
    for _ in 0..3 {
        join_all((0..50).map(|_| text(&certificates, &key))).await;
    }
    assert!(server.accepted() <= 51, "{} connections for 50 at once", server.accepted());
    assert_eq!(tenant.metrics().connections as usize, server.accepted());
    assert_eq!(tenant.metrics().requests, 200);
}

#[tokio::test]
async fn a_connection_the_server_closed_is_replaced() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    for _ in 0..3 {
        assert_eq!(get(&tenant, &server.url("/close")).await, "200 hello");
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default().idle_connection(Duration::from_millis(200)));
    assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
    let closed = async {
        while tenant.metrics().now.connections > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // Well before the minute that is the default.
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("it is kept");
    assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn tenants_share_no_connections() {
    let server = Server::start().await;
    for _ in 0..2 {
        let tenant = tenant_of(&server, Limits::default());
        assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_connection_outlives_the_instance() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default().calls_per_instance(1));
    for _ in 0..3 {
        assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
    }
    assert_eq!((server.accepted(), tenant.metrics().instances), (1, 3));
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default().response_bytes(1 << 20));
    for (path, expected) in [
        ("/cut", "200 after 10 bytes: ErrorCode::HttpResponseIncomplete"),
        ("/cut-chunk", "200 after 10 bytes: ErrorCode::HttpResponseIncomplete"),
        ("/bad-chunk", "200 after 0 bytes: ErrorCode::HttpProtocolError"),
        ("/hang-up", "ErrorCode::ConnectionTerminated"),
        ("/garbage", "ErrorCode::HttpProtocolError"),
        ("/redirect", "302 "),
    ] {
        assert_eq!(get(&tenant, &server.url(path)).await, expected, "{path}");
    }
    let said = get(&tenant, &server.url("/endless")).await;
    assert!(said.ends_with("HttpResponseBodySize(None)"), "{said}");

    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    assert_eq!(get(&to(&address), &address).await, "ErrorCode::ConnectionRefused");
    let said = get(&to("http://no-such-host.invalid"), "http://no-such-host.invalid").await;
    assert!(said.contains("DnsError"), "{said}");
}

#[tokio::test]
async fn the_components_timeouts_are_kept() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    for words in ["/silent first=200", "/stall between=200", "/delay/5000 first=200"] {
        let begun = Instant::now();
        let said = get(&tenant, &server.url(words)).await;
        assert!(said.contains("ConnectionReadTimeout"), "{words}: {said}");
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(3), "{words}: {took:?}");
    }

    // Who listens and never speaks TLS never lets the connection stand.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", mute.local_addr().unwrap());
    let said = get(&to(&url), &format!("{url} connect=200")).await;
    assert_eq!(said, "ErrorCode::ConnectionTimeout");
}

#[tokio::test]
async fn requests_wait_for_their_turn() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default().requests(4));
    let answered = text(&tenant.certificates(), &format!("crowd 40 {}", server.url("/delay/10"))).await;
    assert_eq!(answered.unwrap(), "40");
    let most = server.seen.most_open.load(SeqCst);
    assert!(most <= 4, "{most} requests at once");
}

#[tokio::test]
async fn an_answer_is_not_late_for_the_turn_that_its_request_waited_for() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default().requests(1));
    let asked = format!("{} first=600", server.url("/delay/150"));
    let all = futures_util::future::join_all((0..6).map(|_| get(&tenant, &asked))).await;
    assert_eq!(all, vec!["200 hello"; 6]);
}

#[tokio::test]
async fn bodies_go_out_whole() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    let put = text(&tenant.certificates(), &format!("put {} 3000000", server.url("/"))).await;
    assert_eq!(put.unwrap(), "200 hello");
    let metrics = tenant.metrics();
    assert_eq!((metrics.bytes_sent, metrics.bytes_received), (3_000_000, 5));
}

/// A request of which a byte was sent is sent once, whatever becomes of its connection: a copy that nobody knows of could
/// take effect long after.
#[tokio::test]
async fn what_was_sent_is_not_sent_again() {
    let server = Server::start().await;
    let tenant = tenant_of(&server, Limits::default());
    for path in ["/hang-up", "/cut", "/garbage"].repeat(10) {
        // A connection that is kept may be closing just as the next request takes it: there a pool is tempted.
        assert_eq!(get(&tenant, &server.url("/")).await, "200 hello");
        let before = server.requests();
        let said = get(&tenant, &server.url(path)).await;
        assert!(said != "200 hello" && server.requests() == before + 1, "{path}: {said}");
    }
}
