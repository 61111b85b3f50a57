//! What the registry asks [`Access`] for, and what it makes of the decision.

mod common;

use std::sync::Mutex;

use common::{PART, options, sha256, whole};
use http::{HeaderMap, HeaderValue, Request, Response};
use ossicle_registry::memory::{Driver, run};
use ossicle_registry::ports::{Access, AccessDecision, AccessRequest, Action, Ports, Resource};
use ossicle_registry::{Content, Registry, Requester};

const GRANTED: AccessDecision = AccessDecision::Granted(None);

/// Grants what a rule grants, and records what it was asked for.
struct Guard {
    rule: fn(&AccessRequest) -> AccessDecision,
    asked: Mutex<Vec<AccessRequest>>,
}

impl Access for Guard {
    async fn decide(&self, _: &HeaderMap, needed: &[AccessRequest]) -> AccessDecision {
        self.asked.lock().unwrap().extend_from_slice(needed);
        let decisions = needed.iter().map(self.rule);
        decisions.fold(GRANTED, |all, one| if matches!(all, AccessDecision::Granted(_)) { one } else { all })
    }
}

struct Process(Driver, Guard);

impl Ports for Process {
    type Storage = Driver;
    type Environment = Driver;
    type Access = Guard;

    fn storage(&self) -> &Driver {
        &self.0
    }

    fn environment(&self) -> &Driver {
        &self.0
    }

    fn access(&self) -> &Guard {
        &self.1
    }
}

fn send(
    driver: &Driver,
    rule: fn(&AccessRequest) -> AccessDecision,
    method: &str,
    uri: &str,
) -> (Response<Content<Process>>, Vec<AccessRequest>) {
    let guard = Guard { rule, asked: Mutex::default() };
    let registry = Registry::new(Process(driver.clone(), guard), options());
    let request = Request::builder().method(method).uri(uri).body(whole("")).unwrap();
    let response = run(registry.handle(request));
    let asked = registry.ports().1.asked.lock().unwrap().clone();
    (response, asked)
}

#[test]
fn each_method_asks_for_the_rights_it_needs() {
    let digest = sha256(b"x");
    let repository = || Resource::Repository("a/b".to_owned());
    for (method, uri, resource, actions) in [
        ("GET", "/v2/".to_owned(), Resource::Registry, vec![]),
        ("GET", "/v2/_catalog".to_owned(), Resource::Catalog, vec![Action::All]),
        ("GET", "/v2/a/b/tags/list".to_owned(), repository(), vec![Action::Pull]),
        ("HEAD", format!("/v2/a/b/blobs/{digest}"), repository(), vec![Action::Pull]),
        ("GET", "/v2/a/b/manifests/v1".to_owned(), repository(), vec![Action::Pull]),
        ("PUT", "/v2/a/b/manifests/v1".to_owned(), repository(), vec![Action::Pull, Action::Push]),
        ("POST", "/v2/a/b/blobs/uploads/".to_owned(), repository(), vec![Action::Pull, Action::Push]),
        ("DELETE", "/v2/a/b/blobs/uploads/u".to_owned(), repository(), vec![Action::Pull, Action::Push]),
        ("DELETE", format!("/v2/a/b/blobs/{digest}"), repository(), vec![Action::Delete]),
    ] {
        let (_, asked) = send(&Driver::new(PART), |_| GRANTED, method, &uri);
        assert_eq!(asked, [AccessRequest { resource, actions }], "{method} {uri}");
    }
}

#[test]
fn refusal_is_a_challenge_or_final_and_sends_nothing_to_the_storage() {
    let challenge = |_: &AccessRequest| AccessDecision::Challenge(HeaderValue::from_static("Basic realm=\"r\""));
    for (rule, status, code) in [
        (challenge as fn(&AccessRequest) -> AccessDecision, 401, "UNAUTHORIZED"),
        (|_| AccessDecision::Denied(None), 403, "DENIED"),
    ] {
        let driver = Driver::new(PART);
        let (response, _) = send(&driver, rule, "PUT", "/v2/a/manifests/v1");
        assert_eq!(response.status(), status);
        let challenged = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap());
        assert_eq!(challenged, (status == 401).then_some("Basic realm=\"r\""));
        let body = run(http_body_util::BodyExt::collect(response.into_body())).unwrap().to_bytes();
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["errors"][0]["code"], code);
        assert_eq!(driver.take_requests(), []);
    }
}

#[test]
fn mount_from_a_repository_that_may_not_be_read_is_an_upload() {
    let world = common::World::new();
    let digest = world.push("secret", b"layer");
    world.requests();
    let uri = format!("/v2/mine/blobs/uploads/?mount={digest}&from=secret");
    let rule = |needed: &AccessRequest| match &needed.resource {
        Resource::Repository(name) if name == "secret" => AccessDecision::Denied(None),
        _ => GRANTED,
    };
    assert_eq!(send(&world.driver, rule, "POST", &uri).0.status(), 202);
    assert_eq!(world.requests(), 0);
    assert_eq!(send(&world.driver, |_| GRANTED, "POST", &uri).0.status(), 201);
}

#[test]
fn response_names_who_asked_whether_granted_or_denied() {
    let requester = |rule| send(&Driver::new(PART), rule, "GET", "/v2/").0.extensions().get::<Requester>().cloned();
    let ada = || Some("ada".to_owned());
    assert_eq!(requester(|_| AccessDecision::Granted(Some("ada".to_owned()))), ada().map(Requester));
    assert_eq!(requester(|_| AccessDecision::Denied(Some("ada".to_owned()))), ada().map(Requester));
    assert_eq!(requester(|_| GRANTED), None);
    assert_eq!(requester(|_| AccessDecision::Challenge(HeaderValue::from_static("Basic"))), None);
}
