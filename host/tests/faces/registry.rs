//! The face of the registry.

use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;

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

/// An upload that was cancelled before anything came leaves nothing in OSS: that it ended, only the instance knows that ended it.
/// The specification's cases of these groups cancel such uploads.
const OF_ONE_INSTANCE: [&str; 2] = ["blobs_sha256", "blobs_sha512"];

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
                    let requests_each = if OF_ONE_INSTANCE.contains(&stringify!($group)) { MANY } else { 1 };
                    groups::$group(&Registry::start(requests_each, &small, SMALL_PART + 1).await).await;
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
