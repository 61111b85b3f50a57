//! Locks and leases.

use serde_json::{Value, json};

use crate::client::{Asked, Client, delete, get};

fn acquire(client: &Client, path: &str) -> Value {
    let got = client.send(Asked::new("POST", path));
    assert_eq!(got.status.as_u16(), 201, "{:?}", got.body);
    got.json()
}

fn with_lease(method: &str, lease: &Value) -> Asked {
    Asked::new(method, "/v1/locks/site/lease").header("ossicle-lease", lease["lease"].as_str().unwrap())
}

#[test]
fn lock_has_one_holder_and_tokens_grow() {
    let client = Client::default();
    let first = acquire(&client, "/v1/locks/site/lease");
    assert_eq!(
        (&first["name"], &first["fencing_token"], &first["taken_over"]),
        (&json!("site"), &json!(1), &json!(false))
    );
    for query in ["", "?wait_ms=1000"] {
        let held = client.send(Asked::new("POST", &format!("/v1/locks/site/lease{query}")));
        assert_eq!((held.problem().as_str(), &held.json()["retryable"]), ("lock-held", &json!(true)));
        assert_eq!((&held.json()["holder"]["fencing_token"], &held.json()["key"]), (&json!(1), &json!("site")));
    }
    let look = client.send(get("/v1/locks/site")).json();
    assert_eq!((&look["state"], &look["holder"]["owner"]), (&json!("held"), &first["owner"]));
    assert_eq!(client.send(with_lease("DELETE", &first)).json(), json!({ "outcome": "released" }));
    assert_eq!(client.send(with_lease("DELETE", &first)).json(), json!({ "outcome": "already-gone" }));
    assert_eq!(client.send(get("/v1/locks/site")).json()["state"], "free");
    let second = acquire(&client, "/v1/locks/site/lease?wait_ms=5000");
    assert_eq!(second["fencing_token"], 2);
    assert_eq!(client.send(with_lease("DELETE", &first)).json(), json!({ "outcome": "lost" }));
}

#[test]
fn lease_is_all_there_is_for_another_process() {
    let client = Client::default();
    let lease = acquire(&client, "/v1/locks/site/lease");
    let other = client.other_process();
    other.tenant.pass(40);
    let renewed = other.send(with_lease("PUT", &lease)).json();
    assert_eq!((&renewed["fencing_token"], &renewed["owner"]), (&lease["fencing_token"], &lease["owner"]));
    assert!(renewed["time_left_ms"].as_u64().unwrap() > 0);
    other.tenant.pass(40);
    let held = client.send(Asked::new("POST", "/v1/locks/site/lease"));
    assert_eq!(held.problem(), "lock-held", "the renewal by the other process counts");
    assert_eq!(other.send(with_lease("DELETE", &renewed)).json()["outcome"], "released");
}

#[test]
fn lease_that_ran_out_is_taken_over_and_lost() {
    let client = Client::default();
    let lease = acquire(&client, "/v1/locks/site/lease");
    client.tenant.pass(61);
    assert_eq!(client.send(get("/v1/locks/site")).json()["state"], "expired");
    assert_eq!(client.send(with_lease("PUT", &lease)).status.as_u16(), 200, "nobody came between");
    client.tenant.pass(61);
    let next = acquire(&client, "/v1/locks/site/lease");
    assert_eq!((&next["fencing_token"], &next["taken_over"]), (&json!(2), &json!(true)));
    assert_eq!(client.send(with_lease("PUT", &lease)).problem(), "lease-lost");
}

#[test]
fn lock_is_broken_by_its_token_alone() {
    let client = Client::default();
    let lease = acquire(&client, "/v1/locks/site/lease");
    assert_eq!(client.send(delete("/v1/locks/site")).problem(), "invalid-request");
    assert_eq!(client.send(delete("/v1/locks/site?fencing_token=7")).problem(), "conflict");
    assert_eq!(client.send(delete("/v1/locks/site?fencing_token=1")).json(), json!({ "was_held": true }));
    assert_eq!(client.send(delete("/v1/locks/site?fencing_token=1")).json(), json!({ "was_held": false }));
    assert_eq!(client.send(with_lease("PUT", &lease)).problem(), "lease-lost");
}

#[test]
fn any_string_is_a_name() {
    let client = Client::default();
    for name in ["a%2Fb", "lease", "%2F", "%00", "a%20%C3%A4", ".."] {
        assert!(acquire(&client, &format!("/v1/locks/{name}/lease"))["fencing_token"] == 1, "{name}");
    }
    acquire(&client, "/v1/locks/unreadable/lease");
    let unreadable = client.send(get("/v1/locks/unreadable")).json();
    assert_eq!((&unreadable["state"], &unreadable["remaining_ms"]), (&json!("unreadable"), &json!(60_000)));
    let long = "x".repeat(901);
    assert_eq!(client.send(get(&format!("/v1/locks/{long}"))).problem(), "invalid-request");
}

#[test]
fn lease_must_be_one_of_the_lock() {
    let client = Client::default();
    let lease = acquire(&client, "/v1/locks/other/lease");
    client.tenant.calls();
    for (asked, problem) in [
        (with_lease("PUT", &lease), "lease-lost"),
        (with_lease("DELETE", &lease), "lease-lost"),
        (with_lease("DELETE", &json!({ "lease": "bm9uZQ" })), "lease-lost"),
        (with_lease("DELETE", &json!({ "lease": "no lease" })), "invalid-request"),
        (Asked::new("PUT", "/v1/locks/site/lease"), "invalid-request"),
    ] {
        assert_eq!(client.send(asked).problem(), problem);
    }
    for wait in ["-1", "300001", "soon", ""] {
        let got = client.send(Asked::new("POST", &format!("/v1/locks/site/lease?wait_ms={wait}")));
        assert_eq!(got.problem(), "invalid-request", "{wait}");
    }
    assert!(client.tenant.calls().is_empty());
}
