//! What requests have in common: routes, methods, rights and problems.

use ossicle_api::ports::{OssAnswer, StorageError, StorageErrorKind};
use ossicle_api::{Operation, ProblemKind, Right};
use serde_json::json;

use crate::client::{Asked, Client, delete, get, post, put};

#[test]
fn unknown_paths_and_methods_send_nothing() {
    let client = Client::default();
    for path in ["/", "/v1/none", "/v2/certificates"] {
        assert_eq!(client.send(get(path)).problem(), "unknown-route", "{path}");
    }
    for (method, path, allowed) in [("DELETE", "/openapi.json", "GET"), ("PUT", "/v1/blobs", "GET")] {
        let got = client.send(Asked::new(method, path));
        assert_eq!((got.status.as_u16(), got.header("allow")), (405, allowed), "{method} {path}");
    }
    assert!(client.tenant.calls().is_empty());
}

#[test]
fn request_needs_every_right_of_its_operation() {
    let copy = || post("/v1/blob-copies", json!({ "source": "/a", "destination": "/b" }));
    for (asked, needed) in [
        (get("/v1/certificates/a"), vec![Right::Read]),
        (get("/v1/locks/a"), vec![Right::Read]),
        (put("/v1/certificates/a", b"x"), vec![Right::Write]),
        (Asked::new("POST", "/v1/locks/a/lease"), vec![Right::Write]),
        (get("/v1/blob-uploads/bm9uZQ"), vec![Right::Write]),
        (delete("/v1/locks/a?fencing_token=1"), vec![Right::BreakLocks]),
        (post("/v1/blob-urls", json!({ "path": "/a" })), vec![Right::Presign]),
        (copy(), vec![Right::Read, Right::Write]),
    ] {
        for missing in &needed {
            let others: Vec<_> = Right::ALL.into_iter().filter(|right| right != missing).collect();
            let client = Client::default().with_rights(&others);
            let got = client.send(asked.clone());
            assert_eq!(got.problem(), "forbidden", "{asked:?}");
            assert!(got.json()["detail"].as_str().unwrap().contains(missing.name()));
            assert!(client.tenant.calls().is_empty(), "{asked:?}: something was sent");
        }
        let client = Client::default().with_rights(&needed);
        assert_ne!(client.send(asked.clone()).status.as_u16(), 403, "{asked:?}");
    }
    assert_eq!(Client::default().with_rights(&[]).send(get("/openapi.json")).status.as_u16(), 200);
}

#[test]
fn names_of_rights_are_read() {
    for right in Right::ALL {
        assert_eq!(right.name().parse(), Ok(right));
    }
    assert!("admin".parse::<Right>().is_err());
}

#[test]
fn problem_says_what_oss_answered_and_whether_to_try_again() {
    let client = Client::default();
    client.tenant.fail(|_| {
        let answer = OssAnswer {
            code: "RequestTimeTooSkewed".to_owned(),
            ec: Some("0002-00000504".to_owned()),
            request_id: Some("64B5".to_owned()),
        };
        let error = StorageError::new(StorageErrorKind::Throttled, "OSS asked to slow down").at("a/b");
        Some(StorageError { answer: Some(answer), ..error })
    });
    let got = client.send(get("/v1/certificates/a/b").header("x-request-id", "request-1"));
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, "5"));
    let expected = json!({
        "type": "urn:ossicle:problem:throttled",
        "title": ProblemKind::Throttled.title(),
        "status": 503,
        "detail": "OSS asked to slow down",
        "retryable": true,
        "undecided": false,
        "key": "a/b",
        "code": "RequestTimeTooSkewed",
        "ec": "0002-00000504",
        "request_id": "request-1",
        "oss_request_id": "64B5",
    });
    assert_eq!(got.json(), expected);
}

#[test]
fn every_call_is_made_for_its_request() {
    let client = Client::default();
    let path = "/v1/certificates/a";
    // Under a lock of its own: some calls.
    client.send(put(path, b"x").header("x-request-id", "first").header("if-none-match", "*"));
    let requests = client.tenant.requests();
    assert_eq!(requests.len(), client.tenant.calls().len());
    assert!(requests.len() > 2 && requests.iter().all(|id| id == "first"), "{requests:?}");
    let got = client.send(get(path).header("x-request-id", "no id"));
    let requests = client.tenant.requests();
    let fresh = got.header("x-request-id");
    assert!(fresh.len() == 32 && !requests.is_empty() && requests.iter().all(|id| id == fresh), "{requests:?}");
    client.send(get("/v1/blob-walk").header("x-request-id", "third"));
    assert_eq!(client.tenant.requests(), ["third"]);
}

#[test]
fn changes_run_to_their_end_and_waits_for_locks_do_not() {
    let of = |method: &str, path| Operation::of(&method.parse().unwrap(), path).unwrap();
    assert!(of("PUT", "/v1/blobs/a").runs_to_its_end());
    assert!(of("PUT", "/v1/locks/a/lease").runs_to_its_end());
    assert!(!of("POST", "/v1/locks/a/lease").runs_to_its_end());
    assert!(!of("GET", "/v1/blobs/a").runs_to_its_end());
    assert_eq!(of("GET", "/v1/blobs/a").name(), "getBlob");
    assert_eq!(Operation::of(&http::Method::PUT, "/v1/blobs"), None);
}
