//! Decisions by an htpasswd file and a file of rights.

use std::fs;
use std::path::Path;

use http::{HeaderMap, HeaderValue, header};
use ossicle_registry::ports::{Access, AccessDecision, AccessRequest, Action, Resource};
use ossicle_service::auth::{Authenticator, HtpasswdSettings};
use tempfile::TempDir;

const USERS: &str = include_str!("../../../../guest/registry/tests/vectors/htpasswd");

const ADA: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const BOB: &str = "Basic Ym9iOnBhc3M6d29yZA==";
const WRONG: &str = "Basic YWRhOndyb25n";
const EMPTY: &str = "Basic Og==";

fn settings(folder: &TempDir, rights: Option<&str>) -> HtpasswdSettings {
    let path = folder.path().join("htpasswd");
    fs::write(&path, USERS).unwrap();
    let rights = rights.map(|text| {
        let path = folder.path().join("rights.toml");
        fs::write(&path, text).unwrap();
        path
    });
    HtpasswdSettings { path, rights, ..HtpasswdSettings::default() }
}

async fn decide(access: &Authenticator, authorization: &str, repository: &str, actions: &[Action]) -> AccessDecision {
    let mut headers = HeaderMap::new();
    if !authorization.is_empty() {
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    }
    let resource = if repository.is_empty() { Resource::Registry } else { Resource::Repository(repository.to_owned()) };
    access.decide(&headers, &[AccessRequest { resource, actions: actions.to_vec() }]).await
}

fn challenge() -> AccessDecision {
    AccessDecision::Challenge(HeaderValue::from_static("Basic realm=\"Registry Realm\""))
}

fn granted(user: &str) -> AccessDecision {
    AccessDecision::Granted(Some(user.to_owned()))
}

#[tokio::test]
async fn users_of_the_file_may_do_everything_and_others_are_challenged() {
    let folder = TempDir::new().unwrap();
    let access = Authenticator::htpasswd(settings(&folder, None)).unwrap();
    for actions in [&[Action::Pull][..], &[Action::Pull, Action::Push], &[Action::Delete]] {
        assert_eq!(decide(&access, ADA, "a", actions).await, granted("ada"));
        assert_eq!(decide(&access, BOB, "a", actions).await, granted("bob"));
        for authorization in ["", EMPTY, WRONG, "Bearer abc", "Basic", "Basic e30="] {
            assert_eq!(decide(&access, authorization, "a", actions).await, challenge(), "{authorization}");
        }
    }
    assert_eq!(decide(&access, ADA, "", &[]).await, granted("ada"));
    assert_eq!(decide(&access, "", "", &[]).await, challenge());
}

#[tokio::test]
async fn anonymous_ones_may_pull_if_wanted_and_wrong_credentials_are_still_wrong() {
    let folder = TempDir::new().unwrap();
    let settings = HtpasswdSettings { anonymous_pull: true, ..settings(&folder, None) };
    let access = Authenticator::htpasswd(settings).unwrap();
    for nobody in ["", EMPTY] {
        assert_eq!(decide(&access, nobody, "a", &[Action::Pull]).await, AccessDecision::Granted(None));
        assert_eq!(decide(&access, nobody, "", &[]).await, AccessDecision::Granted(None));
        assert_eq!(decide(&access, nobody, "a", &[Action::Pull, Action::Push]).await, challenge());
    }
    assert_eq!(decide(&access, WRONG, "a", &[Action::Pull]).await, challenge());
    assert_eq!(decide(&access, ADA, "a", &[Action::Pull, Action::Push]).await, granted("ada"));
}

#[tokio::test]
async fn known_user_without_the_right_is_denied_and_an_unknown_one_challenged() {
    let folder = TempDir::new().unwrap();
    let rights = "[anonymous]\n'public/**' = ['pull']\n[users.ada]\n'team/**' = ['push']";
    let access = Authenticator::htpasswd(settings(&folder, Some(rights))).unwrap();
    let push = &[Action::Pull, Action::Push];
    assert_eq!(decide(&access, ADA, "team/a", push).await, granted("ada"));
    assert_eq!(decide(&access, BOB, "team/a", push).await, AccessDecision::Denied(Some("bob".to_owned())));
    assert_eq!(decide(&access, BOB, "public/a", &[Action::Pull]).await, granted("bob"));
    assert_eq!(decide(&access, "", "team/a", push).await, challenge());
    assert_eq!(decide(&access, "", "public/a", &[Action::Pull]).await, AccessDecision::Granted(None));
}

#[tokio::test]
async fn mount_needs_the_rights_on_both_repositories() {
    let folder = TempDir::new().unwrap();
    let rights = "[users.ada]\n'mine' = ['push']";
    let access = Authenticator::htpasswd(settings(&folder, Some(rights))).unwrap();
    let request = |name: &str, actions: &[Action]| AccessRequest {
        resource: Resource::Repository(name.to_owned()),
        actions: actions.to_vec(),
    };
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(ADA))]);
    let push = request("mine", &[Action::Pull, Action::Push]);
    let both = [push.clone(), request("theirs", &[Action::Pull])];
    assert_eq!(access.decide(&headers, &[push]).await, granted("ada"));
    assert_eq!(access.decide(&headers, &both).await, AccessDecision::Denied(Some("ada".to_owned())));
}

#[test]
fn settings_that_contradict_each_other_or_name_no_file_are_refused() {
    let folder = TempDir::new().unwrap();
    let both = HtpasswdSettings { anonymous_pull: true, ..settings(&folder, Some("")) };
    let error = Authenticator::htpasswd(both).unwrap_err().to_string();
    assert!(error.starts_with("anonymous-pull: "), "{error}");
    let missing = HtpasswdSettings { path: Path::new("/nowhere/users").to_owned(), ..HtpasswdSettings::default() };
    let error = Authenticator::htpasswd(missing).unwrap_err().to_string();
    assert!(error.starts_with("can't read /nowhere/users: "), "{error}");
}

#[tokio::test]
async fn open_registry_grants_everything() {
    assert_eq!(decide(&Authenticator::open(), "", "a", &[Action::Delete]).await, AccessDecision::Granted(None));
}
