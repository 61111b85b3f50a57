//! The face of the service.

use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use ossicle::Lease;
use ossicle_api_suites::{self as suites, Known, Site, for_each_suite, for_each_suite_of_servers, known};
use ossicle_component::SERVICE;
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use serde_json::{Value, json};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::client::{Body, broken, chunked, open, send, whole};
use crate::content;
use crate::host::{Served, State, serve, until};

/// As in `wasmtime serve`.
const MANY: usize = 128;

static LINKED: LazyLock<ServicePre<State>> = LazyLock::new(|| crate::host::linked(SERVICE));

/// As the environment has it.
fn entry(token: &Known) -> Value {
    let mut entry = json!({ "id": token.id(), "sha256": token.sha256(), "rights": token.rights });
    if let Some(expires) = token.expires {
        entry["expires"] = json!(expires);
    }
    if let Some(limit) = token.body_limit {
        entry["body-limit"] = json!(limit);
    }
    entry
}

struct Client {
    served: Served,
    token: String,
}

impl Client {
    /// Of instances that serve so many requests each.
    async fn of(requests_each: usize) -> Self {
        let [all, ..] = known();
        let tokens = Value::from_iter(known().iter().map(entry)).to_string();
        let served =
            serve(&LINKED, requests_each, &[("OSSICLE_TOKENS", &tokens), ("OSSICLE_PART_SIZE", "102400")]).await;
        Self { served, token: all.text() }
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.token))
    }

    async fn send(&self, request: http::request::Builder, body: Body) -> Response<Bytes> {
        send(self.served.address, request.body(body).unwrap()).await
    }

    async fn ask(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        self.send(self.request(method, path), whole(body)).await
    }

    /// The JSON of a response with this status.
    async fn json(&self, method: &str, path: &str, body: impl Into<Bytes>, status: u16) -> Value {
        let response = self.ask(method, path, body).await;
        json_of(&response, status)
    }
}

impl suites::Served for Client {
    async fn send_as_it_is(&self, request: Request<Bytes>) -> Response<Bytes> {
        let is_stream = !request.body().is_empty() && !request.headers().contains_key(header::CONTENT_LENGTH);
        send(self.served.address, request.map(if is_stream { chunked } else { whole })).await
    }
}

impl Site for Client {
    async fn send(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        let authorization = format!("Bearer {}", self.token).parse().expect("a header's value");
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        suites::Served::send_as_it_is(self, request).await
    }
}

/// What clients rely on, of instances that serve many requests and of one for each.
macro_rules! test_each {
    ($($suite:ident,)*) => {
        mod suite {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $suite() {
                    suites::suites::$suite(&Client::of(MANY).await).await;
                    suites::suites::$suite(&Client::of(1).await).await;
                }
            )*
        }
    };
}

macro_rules! test_each_of_servers {
    ($($suite:ident,)*) => {
        mod suite_of_servers {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $suite() {
                    suites::served::$suite(&Client::of(MANY).await).await;
                }
            )*
        }
    };
}

for_each_suite!(test_each);
for_each_suite_of_servers!(test_each_of_servers);

#[track_caller]
fn json_of(response: &Response<Bytes>, status: u16) -> Value {
    assert_eq!(response.status(), status, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

#[track_caller]
fn problem(response: &Response<Bytes>, status: u16) -> String {
    json_of(response, status)["type"].as_str().unwrap().trim_start_matches("urn:ossicle:problem:").to_owned()
}

/// A lease is all there is of it: each request has an instance of its own, and the library reads it as well.
#[tokio::test(flavor = "multi_thread")]
async fn leases_go_from_one_instance_to_another() {
    let client = Client::of(1).await;
    let lease = client.json("POST", "/v1/locks/site/lease", "", 201).await;
    assert!(lease["time_left_ms"].as_u64().unwrap() > 0, "{lease}");
    let text = lease["lease"].as_str().unwrap();
    assert_eq!(Lease::from_text(text).unwrap().token(), lease["fencing_token"].as_u64().unwrap());
    assert_eq!(problem(&client.ask("POST", "/v1/locks/site/lease", "").await, 409), "lock-held");
    let under = client.request("PUT", "/v1/certificates/site.crt").header("ossicle-lease", text);
    json_of(&client.send(under, whole("chain")).await, 200);
    let renewed = client.request("PUT", "/v1/locks/site/lease").header("ossicle-lease", text);
    let renewed = json_of(&client.send(renewed, whole("")).await, 200);
    assert_eq!(renewed["fencing_token"], lease["fencing_token"]);
    let release =
        client.request("DELETE", "/v1/locks/site/lease").header("ossicle-lease", renewed["lease"].as_str().unwrap());
    let released = json!({ "outcome": "released", "fencing_token": lease["fencing_token"] });
    assert_eq!(json_of(&client.send(release, whole("")).await, 200), released);
    assert_eq!(client.json("GET", "/v1/locks/site", "", 200).await["state"], "free");
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_stream_both_ways() {
    let client = Client::of(MANY).await;
    for length in [0, 1, 24 << 20] {
        let content = content(length);
        let put = client.send(client.request("PUT", "/v1/blobs/a/b"), chunked(content.clone())).await;
        assert_eq!(json_of(&put, 200)["size"], length);
        let got = client.ask("GET", "/v1/blobs/a/b", "").await;
        assert!(got.status() == StatusCode::OK && *got.body() == content, "{length} bytes are other ones");
    }
    let part = client.request("GET", "/v1/blobs/a/b").header("range", "bytes=1000-1999");
    let part = client.send(part, whole("")).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert!(part.body()[..] == content(24 << 20)[1000..2000]);
    let walked = client.ask("GET", "/v1/blob-walk", "").await;
    let lines: Vec<Value> =
        walked.body().split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let paths: Vec<&str> = lines.iter().filter_map(|line| line["path"].as_str()).collect();
    assert_eq!(paths, ["/a", "/a/b"]);
    let moved = json!({ "source": "/a/b", "destination": "/c" }).to_string();
    let request = client.request("POST", "/v1/blob-moves").header("content-type", "application/json");
    json_of(&client.send(request, whole(moved)).await, 200);
    assert_eq!(problem(&client.ask("GET", "/v1/blobs/a/b", "").await, 404), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_go_on_in_another_instance() {
    let client = Client::of(1).await;
    let content = content(300 << 10);
    let begin = client.request("POST", "/v1/blob-uploads").header("content-type", "application/json");
    let begun = client.send(begin, whole(r#"{"path":"/a"}"#)).await;
    assert_eq!(begun.status(), StatusCode::CREATED, "{begun:?}");
    let upload = begun.headers()["location"].to_str().unwrap().to_owned();
    let (first, second) = content.split_at(170 << 10);
    for (offset, part) in [(0, first), (first.len(), second)] {
        let request = client.request("PATCH", &upload).header("content-type", "application/octet-stream");
        let added = client.send(request.header("upload-offset", offset), chunked(content.slice_ref(part))).await;
        assert_eq!(added.headers()["upload-offset"], (offset + part.len()).to_string(), "{added:?}");
    }
    assert_eq!(client.json("POST", &format!("{upload}/commit"), "", 200).await["size"], content.len());
    assert!(*client.ask("GET", "/v1/blobs/a", "").await.body() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_is_no_whole_one() {
    let client = Client::of(MANY).await;
    let content = content(4 << 20);
    json_of(&client.send(client.request("PUT", "/v1/blobs/whole"), chunked(content.clone())).await, 200);
    // OSS sends other bytes than it has, which only shows at the end.
    let fault = FaultRule::new(FaultAction::CorruptResponse { at: 1 << 20 }).on(Operation::GetObject);
    let fault = client.served.emulator.faults().add(fault);
    let (head, body) = open(client.served.address, client.request("GET", "/v1/blobs/whole").body(whole("")).unwrap())
        .await
        .expect("a response")
        .into_parts();
    assert_eq!(head.status, StatusCode::OK);
    body.collect().await.expect_err("not a whole body");
    assert!(fault.hits() > 0);
    client.served.emulator.faults().clear();

    let answered = client.served.answered.load(Relaxed);
    let request = client.request("PUT", "/v1/blobs/broken").body(broken(content, &client.served)).unwrap();
    open(client.served.address, request).await.expect_err("no response");
    until("the service is through with it", || client.served.answered.load(Relaxed) > answered).await;
    assert_eq!(problem(&client.ask("GET", "/v1/blobs/broken", "").await, 404), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_served_before_it_is_said_who_may_be() {
    let hash = "0".repeat(64);
    let unknown_field =
        json!([{ "id": "0123456789abcdef", "sha256": hash, "rights": ["read"], "requests-per-second": 1 }]);
    let no_rights = json!([{ "id": "0123456789abcdef", "sha256": hash, "rights": [] }]);
    for variables in [
        [].as_slice(),
        &[("OSSICLE_TOKENS", "[]")],
        &[("OSSICLE_TOKENS", &unknown_field.to_string())],
        &[("OSSICLE_TOKENS", &no_rights.to_string())],
        &[("OSSICLE_TOKENS", &json!([entry(&known()[0])]).to_string()), ("OSSICLE_OPEN_TO_ANYONE", "yes")],
        &[("OSSICLE_OPEN_TO_ANYONE", "perhaps")],
    ] {
        let served = serve(&LINKED, MANY, variables).await;
        let refused = send(served.address, Request::get("/v1/certificates").body(whole("")).unwrap()).await;
        assert_eq!(problem(&refused, 500), "misconfigured", "{variables:?}");
        assert!(served.emulator.requests().is_empty());
    }
    let served = serve(&LINKED, MANY, &[("OSSICLE_OPEN_TO_ANYONE", "true")]).await;
    let listed = send(served.address, Request::get("/v1/certificates").body(whole("")).unwrap()).await;
    assert_eq!(listed.status(), StatusCode::OK, "asked for by name");
}
