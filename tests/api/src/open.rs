//! What is there for everybody, and what protects them.

use crate::asked::{Asked, Got, get, put};
use crate::site::Served;
use crate::tokens::known;

pub async fn document_and_health_are_for_everybody<S: Served>(site: &S) {
    let ask = async |asked: Asked| Got::of(site.send_as_it_is(asked.into_request()).await);
    assert_eq!(ask(get("/openapi.json")).await.expect(200).json()["openapi"], "3.1.0");
    assert_eq!(ask(get("/healthz")).await.expect(200).body(), b"ok\n");
    assert_eq!(ask(Asked::new("POST", "/healthz")).await.expect(405).header("allow"), "GET, HEAD");
}

/// What others stored is shown by a browser that is led to it, on the page's own site.
pub async fn stored_content_runs_nothing_in_a_browser<S: Served>(site: &S) {
    let [all, ..] = known();
    for asked in [put("/v1/blobs/a", "x"), get("/v1/blobs/a"), get("/v1/blobs/none")] {
        let asked = asked.header("authorization", all.authorization());
        let got = Got::of(site.send_as_it_is(asked.into_request()).await);
        let policy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        assert_eq!(got.header("content-security-policy"), policy, "{got:?}");
    }
}

pub async fn every_response_has_the_id_of_its_request<S: Served>(site: &S) {
    let [all, ..] = known();
    let ask = async |asked: Asked| Got::of(site.send_as_it_is(asked.into_request()).await);
    let allowed = |asked: Asked| asked.header("authorization", all.authorization());
    let longest = "x".repeat(128);
    for (asked, status) in [
        (allowed(put("/v1/blobs/a", "x")), 200),
        (allowed(get("/v1/blobs/a")), 200),
        (allowed(get("/v1/blobs/none")), 404),
        (allowed(get("/v1/none")), 404),
        (allowed(get("/v1/blobs?nonsense=1")), 400),
        (get("/v1/blobs/a"), 401),
        (get("/healthz"), 200),
        (get("/openapi.json"), 200),
        (Asked::new("POST", "/healthz"), 405),
    ] {
        for id in ["request-1", longest.as_str()] {
            let got = ask(asked.clone().header("x-request-id", id)).await.expect(status);
            assert_eq!(got.header("x-request-id"), id, "{asked:?}");
            if status >= 400 {
                assert_eq!(got.json()["request_id"], id, "{asked:?}");
            }
        }
    }
    // One that can be none is replaced, and nobody is refused for it.
    let mut fresh = Vec::new();
    for id in ["", "a b", "a\"b", "a'b", "a\\b", &"x".repeat(129)] {
        let got = ask(allowed(get("/v1/blobs/a")).header("x-request-id", id)).await.expect(200);
        fresh.push(got.header("x-request-id").to_owned());
    }
    fresh.push(ask(get("/healthz")).await.header("x-request-id").to_owned());
    assert!(fresh.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())), "{fresh:?}");
    fresh.sort();
    assert!(fresh.windows(2).all(|pair| pair[0] != pair[1]), "{fresh:?}");
}
