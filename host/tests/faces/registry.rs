//! The face of the registry.

use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use ossicle_component::REGISTRY;
use ossicle_conformance::{Client, for_each_group, groups};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use sha2::{Digest, Sha256};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::client::{Body, broken, chunked, open, send, whole};
use crate::content;
use crate::host::{Served, State, serve, until};

const SETTINGS: [(&str, &str); 2] =
    [("REGISTRY_HTTP_SECRET", "a secret of the tests"), ("REGISTRY_STORAGE_DELETE_ENABLED", "true")];

/// The smallest part that OSS takes, so that uploads have several.
const SMALL_PART: usize = 100 << 10;

/// As in `wasmtime serve`.
const MANY: usize = 128;

static LINKED: LazyLock<ServicePre<State>> = LazyLock::new(|| crate::host::linked(REGISTRY));

/// A registry, and how long the chunks are that are sent to it.
struct Registry {
    served: Served,
    chunk: usize,
}

impl Registry {
    async fn start(requests_each: usize, variables: &[(&str, &str)], chunk: usize) -> Self {
        let variables = [&SETTINGS, variables].concat();
        Self { served: serve(&LINKED, requests_each, &variables).await, chunk }
    }

    async fn usual() -> Self {
        Self::start(MANY, &[], 1024).await
    }

    async fn ask(&self, method: Method, uri: &str, body: Body) -> Response<Bytes> {
        let request = Request::builder().method(method).uri(uri).body(body).expect("a request");
        send(self.served.address, request).await
    }

    /// Where a new upload is.
    async fn begin(&self) -> String {
        let begun = self.ask(Method::POST, "/v2/a/blobs/uploads/", whole("")).await;
        assert_eq!(begun.status(), StatusCode::ACCEPTED);
        location(&begun)
    }

    /// Pushes a blob in one request; its path.
    async fn push(&self, content: &Bytes) -> String {
        let digest = digest_of(content);
        let place = with_digest(&self.begin().await, &digest);
        let pushed = self.ask(Method::PUT, &place, chunked(content.clone())).await;
        assert_eq!(pushed.status(), StatusCode::CREATED, "{pushed:?}");
        format!("/v2/a/blobs/{digest}")
    }
}

fn location<B>(response: &Response<B>) -> String {
    response.headers()[header::LOCATION].to_str().expect("text").to_owned()
}

fn with_digest(location: &str, digest: &str) -> String {
    format!("{location}{}digest={digest}", if location.contains('?') { '&' } else { '?' })
}

impl Client for Registry {
    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        // What says its length nowhere streams.
        let is_stream = !request.body().is_empty() && !request.headers().contains_key(header::CONTENT_LENGTH);
        let response = send(self.served.address, request.map(if is_stream { chunked } else { whole })).await;
        if response.status() != StatusCode::TEMPORARY_REDIRECT {
            return response;
        }
        // To the emulator, as it is signed.
        let to: Uri = location(&response).parse().expect("a URL");
        let address = to.authority().expect("an authority").as_str().parse().expect("an address");
        let path = to.path_and_query().expect("a path").as_str();
        send(address, Request::get(path).body(whole("")).expect("a request")).await
    }

    fn chunk(&self) -> usize {
        self.chunk
    }
}

/// With instances that serve many requests, and with one for each, so that each upload goes on in another one; with the usual
/// parts, by which most is held in memory, and with small ones.
macro_rules! test_each {
    ($($group:ident,)*) => {
        mod conformance {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $group() {
                    groups::$group(&Registry::usual().await).await;
                    let small = [("OSSICLE_PART_SIZE", "102400")];
                    groups::$group(&Registry::start(1, &small, SMALL_PART + 1).await).await;
                }
            )*
        }
    };
}

for_each_group!(test_each);

fn digest_of(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_come_back_as_they_went_in() {
    let registry = Registry::start(MANY, &[("REGISTRY_STORAGE_REDIRECT_DISABLE", "true")], 1024).await;
    for length in [0, 1, 24 << 20] {
        let content = content(length);
        let path = registry.push(&content).await;
        let got = registry.ask(Method::GET, &path, whole("")).await;
        assert_eq!(
            (got.status(), got.headers()[header::CONTENT_LENGTH].to_str().unwrap()),
            (StatusCode::OK, &*length.to_string())
        );
        assert!(got.into_body() == content, "{length} bytes are other ones");
        let head = registry.ask(Method::HEAD, &path, whole("")).await;
        assert_eq!(
            (head.status(), head.headers()[header::CONTENT_LENGTH].to_str().unwrap()),
            (StatusCode::OK, &*length.to_string())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_breaks_off_is_no_whole_one() {
    let registry = Registry::start(MANY, &[("REGISTRY_STORAGE_REDIRECT_DISABLE", "true")], 1024).await;
    let path = registry.push(&content(4 << 20)).await;
    // OSS sends other bytes than it has, which only shows at the end.
    let fault = FaultRule::new(FaultAction::CorruptResponse { at: 1 << 20 }).on(Operation::GetObject);
    registry.served.emulator.faults().add(fault);
    let request = Request::get(&path).body(whole("")).unwrap();
    let (head, body) = open(registry.served.address, request).await.expect("a response").into_parts();
    assert_eq!(head.status, StatusCode::OK);
    body.collect().await.expect_err("not a whole body");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_is_no_blob() {
    let registry = Registry::usual().await;
    let content = content(300 << 10);
    let digest = digest_of(&content);
    let place = with_digest(&registry.begin().await, &digest);
    let request = Request::put(&place).body(broken(content.clone(), &registry.served)).unwrap();
    open(registry.served.address, request).await.expect_err("no response");
    until("the registry is through with it", || registry.served.answered.load(Relaxed) == 2).await;
    let got = registry.ask(Method::HEAD, &format!("/v2/a/blobs/{digest}"), whole("")).await;
    assert_eq!(got.status(), StatusCode::NOT_FOUND, "all bytes came, but not their end");
}

/// Requests that set the same tag wait for each other within an instance.
#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_wait_for_each_other() {
    let registry = Registry::usual().await;
    let config = registry.push(&Bytes::from_static(b"{}")).await;
    let digest = config.rsplit('/').next().unwrap();
    let pushes = (0..24).map(|number| {
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","annotations":{{"n":"{number}"}},
            "config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{digest}","size":2}},"layers":[]}}"#
        );
        let request = Request::put("/v2/a/manifests/latest");
        let request = request.header(header::CONTENT_TYPE, "application/vnd.oci.image.manifest.v1+json");
        send(registry.served.address, request.body(whole(manifest)).unwrap())
    });
    for pushed in futures_util::future::join_all(pushes).await {
        assert_eq!(pushed.status(), StatusCode::CREATED, "{pushed:?}");
    }
    let got = registry.ask(Method::GET, "/v2/a/tags/list", whole("")).await;
    assert_eq!(got.into_body(), r#"{"name":"a","tags":["latest"]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_set_up_serves_nothing_and_says_so_to_nobody_outside() {
    for variables in [
        [("REGISTRY_HTTP_SECRET", "")].as_slice(),
        &[("REGISTRY_HTTP_SECRET", "s"), ("REGISTRY_AUTH_HTPASSWD_PATH", "/users")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_USERS", "")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_USERS", "# nobody yet")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_USERS", "ada:$apr1$57t0Xbie$zuIkIer1Uc5B3tyBv8D3f.")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_ANONYMOUS_PULL", "true")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_RIGHTS", RIGHTS)],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_USERS", USERS), ("OSSICLE_RIGHTS", "")],
        &[
            ("REGISTRY_HTTP_SECRET", "s"),
            ("OSSICLE_USERS", USERS),
            ("OSSICLE_RIGHTS", r#"{"users":{"ada":{"a":["write"]}}}"#),
        ],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_USERS", USERS), ("OSSICLE_RIGHTS", r#"{"ada":{"a":["pull"]}}"#)],
        &[
            ("REGISTRY_HTTP_SECRET", "s"),
            ("OSSICLE_USERS", USERS),
            ("OSSICLE_RIGHTS", RIGHTS),
            ("OSSICLE_ANONYMOUS_PULL", "true"),
        ],
        &[("REGISTRY_HTTP_SECRET", "s"), ("REGISTRY_STORAGE_DELETE_ENABLED", "perhaps")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_PART_SIZE", "1")],
        &[("REGISTRY_HTTP_SECRET", "s"), ("OSSICLE_CREDENTIALS", "anything")],
    ] {
        let served = serve(&LINKED, MANY, variables).await;
        let refused = send(served.address, Request::get("/v2/").body(whole("")).unwrap()).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE, "{variables:?}");
        assert_eq!(refused.into_body(), "the registry is not set up: its standard error says why\n");
    }
}

const USERS: &str = include_str!("../../../guest/registry/tests/vectors/htpasswd");

const RIGHTS: &str =
    r#"{"anonymous":{"public/**":["pull"]},"users":{"*":{"a":["pull"]},"ada":{"**":["push","delete"]}}}"#;

/// With the passwords of the users' lines.
const ADA: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const BOB: &str = "Basic Ym9iOnBhc3M6d29yZA==";
const WRONG: &str = "Basic YWRhOndyb25n";
const UNKNOWN: &str = "Basic ZXZlOndyb25n";

impl Registry {
    /// The status that somebody gets, who sends no credentials by an empty text.
    async fn status_for(&self, authorization: &str, method: Method, path: &str) -> u16 {
        let mut request = Request::builder().method(method).uri(path);
        if !authorization.is_empty() {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let got = send(self.served.address, request.body(whole("")).expect("a request")).await;
        let challenge = got.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().expect("text"));
        let asks = got.status() == StatusCode::UNAUTHORIZED;
        assert_eq!(challenge, asks.then_some("Basic realm=\"Registry Realm\""), "{got:?}");
        got.status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_may_do_what_their_rights_say_and_nobody_else_may_do_more() {
    let variables = [("OSSICLE_USERS", USERS), ("OSSICLE_RIGHTS", RIGHTS)];
    let registry = Registry::start(MANY, &variables, 1024).await;
    let (read, write) = (Method::GET, Method::POST);
    let nothing = registry.served.emulator.requests().len();
    for (who, method, path, status) in [
        (WRONG, &read, "/v2/", 401),
        (UNKNOWN, &read, "/v2/", 401),
        ("Bearer abc", &read, "/v2/", 401),
        ("", &read, "/v2/a/tags/list", 401),
        (WRONG, &read, "/v2/public/a/tags/list", 401),
        ("", &write, "/v2/public/a/blobs/uploads/", 401),
        (BOB, &write, "/v2/a/blobs/uploads/", 403),
        (BOB, &read, "/v2/b/tags/list", 403),
        (BOB, &read, "/v2/_catalog", 403),
    ] {
        assert_eq!(registry.status_for(who, method.clone(), path).await, status, "{who} {path}");
    }
    assert_eq!(registry.served.emulator.requests().len(), nothing, "something was asked of OSS");
    for (who, method, path, status) in [
        (ADA, &read, "/v2/", 200),
        (BOB, &read, "/v2/", 200),
        ("", &read, "/v2/public/a/tags/list", 404),
        (BOB, &read, "/v2/a/tags/list", 404),
        (ADA, &write, "/v2/a/blobs/uploads/", 202),
        (ADA, &read, "/v2/_catalog", 200),
    ] {
        assert_eq!(registry.status_for(who, method.clone(), path).await, status, "{who} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rights_users_may_do_everything_and_others_pull_if_that_is_wanted() {
    for (wanted, pull) in [("false", 401), ("true", 404)] {
        let variables = [("OSSICLE_USERS", USERS), ("OSSICLE_ANONYMOUS_PULL", wanted)];
        let registry = Registry::start(MANY, &variables, 1024).await;
        assert_eq!(registry.status_for("", Method::GET, "/v2/a/tags/list").await, pull);
        assert_eq!(registry.status_for("", Method::POST, "/v2/a/blobs/uploads/").await, 401);
        assert_eq!(registry.status_for(BOB, Method::POST, "/v2/a/blobs/uploads/").await, 202);
    }
}

/// Whoever knows a digest of a blob that they may not read would get it by a mount that names no source.
#[tokio::test(flavor = "multi_thread")]
async fn a_mount_that_names_no_source_takes_nothing_of_others_where_there_are_users() {
    for (users, status) in [(&[][..], StatusCode::CREATED), (&[("OSSICLE_USERS", USERS)], StatusCode::ACCEPTED)] {
        let registry = Registry::start(MANY, users, 1024).await;
        let content = Bytes::from_static(b"a layer");
        let ask = async |method: Method, path: String, body: Body| {
            let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, ADA);
            send(registry.served.address, request.body(body).expect("a request")).await
        };
        let digest = digest_of(&content);
        let begun = ask(Method::POST, "/v2/theirs/blobs/uploads/".to_owned(), whole("")).await;
        let pushed = ask(Method::PUT, with_digest(&location(&begun), &digest), whole(content)).await;
        assert_eq!(pushed.status(), StatusCode::CREATED, "{pushed:?}");
        let mounted = ask(Method::POST, format!("/v2/mine/blobs/uploads/?mount={digest}"), whole("")).await;
        assert_eq!(mounted.status(), status, "{mounted:?}");
    }
}

/// A password that was right is not compared again by the same instance: its comparison would take each request as long.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_right_is_compared_once_by_an_instance() {
    // "secret" at the cost 10.
    let users = "ada:$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";
    let registry = Registry::start(MANY, &[("OSSICLE_USERS", users)], 1024).await;
    let timed = async |authorization: &str, status: u16| {
        let start = Instant::now();
        assert_eq!(registry.status_for(authorization, Method::GET, "/v2/").await, status);
        start.elapsed()
    };
    let right = "Basic YWRhOnNlY3JldA==";
    // The first request opens the registry.
    timed("", 401).await;
    let (took, again) = (timed(right, 200).await, timed(right, 200).await);
    let (wrong, unknown) = (timed(WRONG, 401).await, timed(UNKNOWN, 401).await);
    eprintln!("a login took {took:?}, then {again:?}; a wrong one {wrong:?}, one of an unknown user {unknown:?}");
    assert!(again < took / 4, "{took:?}, then {again:?}");
    assert!(wrong > took / 4 && unknown > took / 4, "{took:?}, wrong {wrong:?}, unknown {unknown:?}");
}
