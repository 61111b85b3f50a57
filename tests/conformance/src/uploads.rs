//! Uploads: what they say of themselves, and what is refused.

use crate::api::{Call, OCTETS, header, location, with_parameter};
use crate::client::Client;
use crate::content::{ALGORITHMS, Algorithm, content};
use crate::run::Run;
use crate::upload::{begin, check_created, uploads_of};

/// A UUID of no upload.
const NO_UPLOAD: &str = "/v2/uploads/blobs/uploads/00000000-0000-4000-8000-000000000000";

/// Digests that are none, and one of an algorithm that nobody has.
const INVALID: [(&str, &str); 4] = [
    ("malformed", "baddigeststring"),
    ("short", "sha256:baddigeststring"),
    ("upper case", "sha256:ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789"),
    ("unknown algorithm", "md5:d41d8cd98f00b204e9800998ecf8427e"),
];

/// Whether a text has a UUID in it.
fn has_uuid(text: &str) -> bool {
    let is_uuid = |word: &str| {
        let groups: Vec<usize> = word.split('-').map(str::len).collect();
        groups == [8, 4, 4, 4, 12] && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
    };
    text.split(['/', '?', '&', '=']).any(is_uuid)
}

/// Uploads.
pub async fn uploads(client: &impl Client) {
    let run = Run::new(client, "uploads");
    let begun = async {
        let response = Call::new("POST", uploads_of("uploads")).body("").expect(client, &[202]).await;
        assert!(has_uuid(&location(&response)), "{}", location(&response));
        assert_eq!(header(&response, "range"), "0-0");
    };
    run.check("begun/location", begun).await;
    run.check("begun/status", status(client)).await;
    for method in ["GET", "PATCH", "PUT", "DELETE"] {
        let uri = if method == "PUT" {
            with_parameter(NO_UPLOAD, "digest", &Algorithm::Sha256.digest(b"x"))
        } else {
            NO_UPLOAD.to_owned()
        };
        let call = Call::new(method, uri).body(if matches!(method, "PATCH" | "PUT") { "x" } else { "" });
        run.check(format!("unknown/{method}"), call.expect_error(client, 404, "BLOB_UPLOAD_UNKNOWN")).await;
    }
    for algorithm in ALGORITHMS {
        run.check("ended/PATCH", ended(client, algorithm)).await;
    }
    for (name, digest) in INVALID {
        let post = async {
            let call = Call::new("POST", with_parameter(&uploads_of("uploads"), "digest", digest)).body("x");
            call.expect_error(client, 400, "DIGEST_INVALID").await;
        };
        run.check(format!("invalid digest/post, {name}"), post).await;
        let put = async {
            let place = begin(client, "uploads").await;
            let call = Call::new("PUT", with_parameter(&place, "digest", digest)).body("x");
            call.expect_error(client, 400, "DIGEST_INVALID").await;
        };
        run.check(format!("invalid digest/put, {name}"), put).await;
        let mount = with_parameter(&with_parameter(&uploads_of("uploads"), "mount", digest), "from", "a");
        let mount = Call::new("POST", mount).body("").expect_error(client, 400, "DIGEST_INVALID");
        run.check(format!("invalid digest/mount, {name}"), mount).await;
        for method in ["GET", "HEAD", "DELETE"] {
            let call = Call::new(method, format!("/v2/uploads/blobs/{digest}"));
            run.check(format!("invalid digest/{method}, {name}"), call.expect(client, &[400])).await;
        }
    }
    for content in ["x", ""] {
        let without = async {
            let place = begin(client, "uploads").await;
            Call::new("PUT", place).body(content).expect_error(client, 400, "DIGEST_INVALID").await;
        };
        run.check("missing digest/put", without).await;
    }
    let unknown = with_parameter(&uploads_of("uploads"), "digest-algorithm", "md5");
    let unknown = Call::new("POST", unknown).body("").expect_error(client, 400, "UNSUPPORTED");
    run.check("unknown digest-algorithm/post", unknown).await;
    for (name, range) in [("no number", "first-last"), ("backwards", "9-0"), ("length", "0-99")] {
        let chunk = async {
            let call = Call::new("PATCH", begin(client, "uploads").await).header("content-type", OCTETS);
            call.header("content-range", range).body("0123456789").expect(client, &[400, 416]).await;
        };
        run.check(format!("content-range/{name}"), chunk).await;
    }
    run.check("old location/PATCH", old_location(client)).await;
    run.check("cancelled in its middle/DELETE", cancelled_in_its_middle(client)).await;
    run.check_list();
}

/// An upload says where it is and how far it got, at its beginning and after each chunk.
async fn status(client: &impl Client) {
    let mut place = begin(client, "uploads").await;
    let content = content("status", 2 * client.chunk());
    for offset in [0, client.chunk()] {
        let status = Call::get(&place).expect(client, &[204]).await;
        assert_eq!(header(&status, "range"), format!("0-{}", offset.saturating_sub(1)));
        let chunk = content.slice(offset..offset + client.chunk());
        let call = Call::new("PATCH", location(&status)).header("content-type", OCTETS);
        let response = call.body(chunk).expect(client, &[202]).await;
        assert_eq!(header(&response, "range"), format!("0-{}", offset + client.chunk() - 1));
        place = location(&response);
    }
    let digest = Algorithm::Sha256.digest(&content);
    let call = Call::new("PUT", with_parameter(&place, "digest", &digest)).body("");
    check_created(client, &call.expect(client, &[201]).await, &digest, &content).await;
}

/// An upload that became a blob is no upload any more.
async fn ended(client: &impl Client, algorithm: Algorithm) {
    let content = content("ended", 100);
    let digest = algorithm.digest(&content);
    let place = begin(client, "uploads").await;
    let response = Call::new("PATCH", place).body(content.clone()).expect(client, &[202]).await;
    let place = location(&response);
    Call::new("PUT", with_parameter(&place, "digest", &digest)).body("").expect(client, &[201]).await;
    Call::new("PATCH", &place).body("more").expect_error(client, 404, "BLOB_UPLOAD_UNKNOWN").await;
    Call::get(&place).expect_error(client, 404, "BLOB_UPLOAD_UNKNOWN").await;
}

/// A chunk that is sent again to the location of the chunk before it is out of order.
async fn old_location(client: &impl Client) {
    let content = content("old location", 2048);
    let (first, second) = (content.slice(..1024), content.slice(1024..));
    let old = begin(client, "uploads").await;
    let response = Call::new("PATCH", &old).body(first.clone()).expect(client, &[202]).await;
    Call::new("PATCH", &old).body(first).expect(client, &[416]).await;
    let response = Call::get(location(&response)).expect(client, &[204]).await;
    let response = Call::new("PATCH", location(&response)).body(second).expect(client, &[202]).await;
    let digest = Algorithm::Sha256.digest(&content);
    let call = Call::new("PUT", with_parameter(&location(&response), "digest", &digest)).body("");
    check_created(client, &call.expect(client, &[201]).await, &digest, &content).await;
}

/// A cancelled upload that has content already.
async fn cancelled_in_its_middle(client: &impl Client) {
    let content = content("cancelled", client.chunk());
    let place = begin(client, "uploads").await;
    let response = Call::new("PATCH", place).body(content.clone()).expect(client, &[202]).await;
    let place = location(&response);
    Call::delete(&place).body("").expect(client, &[204]).await;
    Call::get(&place).expect_error(client, 404, "BLOB_UPLOAD_UNKNOWN").await;
    let digest = Algorithm::Sha256.digest(&content);
    let call = Call::new("PUT", with_parameter(&place, "digest", &digest)).body("");
    call.expect_error(client, 404, "BLOB_UPLOAD_UNKNOWN").await;
    Call::head(format!("/v2/uploads/blobs/{digest}")).expect(client, &[404]).await;
}
