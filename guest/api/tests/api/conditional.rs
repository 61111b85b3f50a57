//! Conditional changes, and changes under leases.

use ossicle_api::memory::run;
use ossicle_api::ports::{Locks, StorageError, StorageErrorKind};
use serde_json::json;
use std::time::Duration;

use crate::client::{Asked, Client, delete, get, put};

const BOTH: [&str; 2] = ["/v1/certificates/a", "/v1/blobs/a"];

fn acquire(client: &Client, name: &str) -> String {
    let got = client.send(Asked::new("POST", &format!("/v1/locks/{name}/lease")));
    got.json()["lease"].as_str().unwrap().to_owned()
}

#[test]
fn change_whose_condition_does_not_hold_leaves_no_upload() {
    for path in BOTH {
        let client = Client::default();
        assert_eq!(client.send(put(path, b"0").header("if-match", "*")).problem(), "precondition-failed");
        client.send(put(path, b"1"));
        assert_eq!(client.send(put(path, b"2").header("if-none-match", "*")).problem(), "precondition-failed");
        assert_eq!(client.tenant.uploads(), 0, "{path}: an upload was left");
    }
}

#[test]
fn conditional_change_that_finds_another_under_way_says_so() {
    for (path, name) in [(BOTH[0], "certificates:a"), (BOTH[1], "blobs:/a")] {
        let client = Client::default();
        client.send(put(path, b"0"));
        let name = format!("ossicle:conditional-change:{name}");
        run(client.tenant.try_lock(&name)).unwrap();
        let got = client.send(put(path, b"1").header("if-match", "*"));
        assert_eq!((got.problem().as_str(), got.header("retry-after")), ("change-under-way", "1"), "{path}");
        assert_eq!(got.json()["retryable"], true);
        assert_eq!(client.tenant.uploads(), 0, "{path}: an upload was left");
        assert_eq!(client.send(delete(path).header("if-match", "*")).problem(), "change-under-way");
        assert_eq!(client.send(get(path)).body.as_ref(), b"0");
    }
}

#[test]
fn lock_of_an_undecided_conditional_change_is_left_to_run_out() {
    for (path, call, name) in [(BOTH[0], "store-under", "certificates:a"), (BOTH[1], "upload-commit", "blobs:/a")] {
        let client = Client::default();
        client.send(put(path, b"0"));
        client.tenant.fail(move |other| {
            (other == call)
                .then(|| StorageError { undecided: true, ..StorageError::new(StorageErrorKind::TimedOut, "no answer") })
        });
        let got = client.send(put(path, b"1").header("if-match", "*"));
        assert_eq!((got.problem().as_str(), &got.json()["undecided"]), ("timed-out", &json!(true)), "{path}");
        client.tenant.fail_no_more();
        let name = format!("ossicle:conditional-change:{name}");
        assert!(run(client.tenant.try_lock(&name)).is_err(), "{path}: another change could come before this one");
        client.tenant.pass(61);
        assert!(run(client.tenant.try_lock(&name)).is_ok());
    }
}

/// A copy of the request that came in time may have been taken, although a later one came too late.
#[test]
fn conditional_change_that_came_too_late_is_not_said_to_have_changed_nothing() {
    for (path, call) in [(BOTH[0], "store-under"), (BOTH[1], "upload-commit")] {
        let client = Client::default();
        client.send(put(path, b"0"));
        client.tenant.fail(move |other| {
            (other == call)
                .then(|| StorageError { undecided: true, ..StorageError::new(StorageErrorKind::TooLate, "it is over") })
        });
        let got = client.send(put(path, b"1").header("if-match", "*"));
        assert_eq!((got.problem().as_str(), &got.json()["undecided"]), ("change-under-way", &json!(true)), "{path}");
    }
}

/// A client that waits as it is told would come again to no end.
#[test]
fn what_no_retry_can_help_names_no_time_for_one() {
    for is_retryable in [true, false] {
        let client = Client::default();
        client.tenant.fail(move |_| {
            Some(StorageError { retryable: is_retryable, ..StorageError::new(StorageErrorKind::Unavailable, "no") })
        });
        let got = client.send(get(BOTH[1]));
        assert_eq!(got.json()["retryable"], is_retryable);
        assert_eq!(!got.header("retry-after").is_empty(), is_retryable);
    }
}

#[test]
fn change_under_a_lease_is_made_until_its_end() {
    for path in BOTH {
        let client = Client::default();
        let lease = acquire(&client, "site");
        for asked in [
            put(path, b"1").header("ossicle-lease", &lease),
            put(path, b"2").header("ossicle-lease", &lease).header("if-match", "*"),
            delete(path).header("ossicle-lease", &lease),
            put(path, b"3").header("ossicle-lease", &lease).header("if-none-match", "*"),
        ] {
            assert_eq!(client.send(asked.clone()).status.as_u16(), 200, "{asked:?}");
        }
        client.tenant.pass(60);
        for asked in [
            put(path, b"4").header("ossicle-lease", &lease),
            delete(path).header("ossicle-lease", &lease),
            delete(&format!("{path}?recursive=true")).header("ossicle-lease", &lease),
        ] {
            assert_eq!(client.send(asked.clone()).problem(), "lease-lost", "{asked:?}");
        }
        assert_eq!(client.send(get(path)).body.as_ref(), b"3");
        // A lease that is none is refused before anything is sent.
        client.tenant.calls();
        for (lease, problem) in [("bm9uZQ", "lease-lost"), ("no lease", "invalid-request"), ("", "invalid-request")] {
            assert_eq!(client.send(put(path, b"5").header("ossicle-lease", lease)).problem(), problem);
            assert_eq!(client.send(delete(path).header("ossicle-lease", lease)).problem(), problem);
        }
        assert!(client.tenant.calls().is_empty());
    }
}

#[test]
fn condition_is_compared_under_the_lease_that_the_client_brings() {
    let client = Client::default();
    let lease = acquire(&client, "site");
    client.tenant.calls();
    client.send(put(BOTH[0], b"1").header("ossicle-lease", &lease).header("if-none-match", "*"));
    assert_eq!(client.tenant.calls(), ["load", "store-under"], "no other lock is got");
    let held = run(client.tenant.lock("ossicle:conditional-change:certificates:a", Duration::ZERO));
    assert!(held.is_ok());
}
