//! Locks and leases.

use serde_json::{Value, json};

use crate::asked::{Asked, delete, get};
use crate::site::Site;

/// Gets a lock, whose name is as paths have it.
pub(crate) async fn acquire<S: Site>(site: &S, name: &str) -> Value {
    Asked::new("POST", &format!("/v1/locks/{name}/lease")).send(site).await.expect(201).json()
}

fn with_lease(method: &str, lease: &Value) -> Asked {
    Asked::new(method, "/v1/locks/site/lease").header("ossicle-lease", lease["lease"].as_str().expect("a lease"))
}

pub async fn lock_has_one_holder<S: Site>(site: &S) {
    let first = acquire(site, "site").await;
    assert_eq!((&first["name"], &first["taken_over"]), (&json!("site"), &json!(false)));
    // Long enough for a look on a busy machine: a wait that ends before one can't tell the holder.
    for query in ["", "?wait_ms=3000"] {
        let held = Asked::new("POST", &format!("/v1/locks/site/lease{query}")).send(site).await.expect(409);
        assert_eq!((held.problem().as_str(), &held.json()["retryable"]), ("lock-held", &json!(true)));
        let holder = held.json()["holder"]["fencing_token"].clone();
        assert_eq!((&holder, &held.json()["key"]), (&first["fencing_token"], &json!("site")));
    }
    let look = get("/v1/locks/site").send(site).await.expect(200).json();
    assert_eq!((&look["state"], &look["holder"]["owner"]), (&json!("held"), &first["owner"]));
    let release = async || with_lease("DELETE", &first).send(site).await.expect(200).json();
    let token = &first["fencing_token"];
    assert_eq!(release().await, json!({ "outcome": "released", "fencing_token": token }));
    assert_eq!(release().await, json!({ "outcome": "already-gone", "fencing_token": token }));
    assert_eq!(get("/v1/locks/site").send(site).await.expect(200).json()["state"], "free");
    let second = Asked::new("POST", "/v1/locks/site/lease?wait_ms=5000").send(site).await.expect(201).json();
    assert!(second["fencing_token"].as_u64() > first["fencing_token"].as_u64(), "{first}, then {second}");
    // Its own, not that of whoever has the lock now.
    assert_eq!(release().await, json!({ "outcome": "already-gone", "fencing_token": token }));
}

pub async fn lease_is_all_there_is_of_it<S: Site>(site: &S) {
    let lease = acquire(site, "site").await;
    let renewed = with_lease("PUT", &lease).send(site).await.expect(200).json();
    assert_eq!((&renewed["fencing_token"], &renewed["owner"]), (&lease["fencing_token"], &lease["owner"]));
    assert!(renewed["time_left_ms"].as_u64().is_some_and(|left| left > 0), "{renewed}");
    assert_eq!(with_lease("DELETE", &renewed).send(site).await.expect(200).json()["outcome"], "released");
}

pub async fn lock_is_broken_by_its_token_alone<S: Site>(site: &S) {
    let lease = acquire(site, "site").await;
    let token = lease["fencing_token"].as_u64().expect("a number");
    let broken = async |token: u64| delete(&format!("/v1/locks/site?fencing_token={token}")).send(site).await;
    assert_eq!(delete("/v1/locks/site").send(site).await.problem(), "invalid-request");
    assert_eq!(broken(token + 6).await.problem(), "conflict");
    assert_eq!(broken(token).await.expect(200).json(), json!({ "was_held": true, "fencing_token": token }));
    assert_eq!(broken(token).await.expect(200).json(), json!({ "was_held": false, "fencing_token": token }));
    assert_eq!(with_lease("PUT", &lease).send(site).await.problem(), "lease-lost");
    let next = acquire(site, "site").await;
    assert_eq!(
        with_lease("DELETE", &lease).send(site).await.expect(200).json(),
        json!({ "outcome": "lost", "fencing_token": token })
    );
    let look = get("/v1/locks/site").send(site).await.expect(200).json();
    assert_eq!(look["holder"]["owner"], next["owner"], "whose lease was lost releases no other one's");
}

pub async fn any_string_is_a_name_of_a_lock<S: Site>(site: &S) {
    for name in ["a%2Fb", "lease", "%2F", "%00", "a%20%C3%A4", ".."] {
        assert_eq!(acquire(site, name).await["taken_over"], false, "{name}: it is another one's");
    }
    let long = "x".repeat(901);
    assert_eq!(get(&format!("/v1/locks/{long}")).send(site).await.problem(), "invalid-request");
}

pub async fn lease_must_be_one_of_the_lock<S: Site>(site: &S) {
    let lease = acquire(site, "other").await;
    for (asked, problem) in [
        (with_lease("PUT", &lease), "lease-lost"),
        (with_lease("DELETE", &lease), "lease-lost"),
        (with_lease("DELETE", &json!({ "lease": "bm9uZQ" })), "lease-lost"),
        (with_lease("DELETE", &json!({ "lease": "no lease" })), "invalid-request"),
        (Asked::new("PUT", "/v1/locks/site/lease"), "invalid-request"),
    ] {
        assert_eq!(asked.clone().send(site).await.problem(), problem, "{asked:?}");
    }
    for wait in ["-1", "300001", "soon", ""] {
        let got = Asked::new("POST", &format!("/v1/locks/site/lease?wait_ms={wait}")).send(site).await;
        assert_eq!(got.problem(), "invalid-request", "{wait}");
    }
}
