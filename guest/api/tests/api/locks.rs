//! Locks and leases.

use serde_json::{Value, json};

use crate::client::{Asked, Client, get};

fn acquire(client: &Client, path: &str) -> Value {
    let got = client.send(Asked::new("POST", path));
    assert_eq!(got.status.as_u16(), 201, "{:?}", got.body);
    got.json()
}

fn with_lease(method: &str, lease: &Value) -> Asked {
    Asked::new(method, "/v1/locks/site/lease").header("ossicle-lease", lease["lease"].as_str().unwrap())
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
fn lock_whose_record_is_none_is_waited_for() {
    let client = Client::default();
    acquire(&client, "/v1/locks/unreadable/lease");
    let unreadable = client.send(get("/v1/locks/unreadable")).json();
    assert_eq!((&unreadable["state"], &unreadable["remaining_ms"]), (&json!("unreadable"), &json!(60_000)));
}

#[test]
fn lease_that_can_be_none_is_refused_before_anything_is_sent() {
    let client = Client::default();
    let lease = acquire(&client, "/v1/locks/other/lease");
    client.tenant.calls();
    for asked in [
        with_lease("PUT", &lease),
        with_lease("DELETE", &json!({ "lease": "no lease" })),
        Asked::new("POST", "/v1/locks/site/lease?wait_ms=-1"),
    ] {
        assert_eq!(client.send(asked).status.as_u16() / 100, 4);
    }
    assert!(client.tenant.calls().is_empty());
}
