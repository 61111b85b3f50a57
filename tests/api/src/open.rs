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
