//! Tenants that come, change and go while calls go on.

use crate::component::{self, emulator};
use crate::server::Server;
use crate::support::{config, config_of, shared, strict, text};
use ossicle::{
    CredentialSource, Credentials, Encryption, Error, Limits, LockError, Retirement, TemporaryCredentials,
    TenantSettings, Tenants,
};
use std::collections::BTreeMap;
use std::time::Duration;

const NOWHERE: &str = "http://127.0.0.1:9";

fn settings(endpoint: &str) -> TenantSettings {
    TenantSettings::new(config("bucket", endpoint))
}

fn set<const N: usize>(tenants: [(&str, TenantSettings); N]) -> BTreeMap<String, TenantSettings> {
    tenants.map(|(name, settings)| (name.to_owned(), settings)).into()
}

async fn echo(tenants: &Tenants, name: &str) {
    assert_eq!(text(&tenants.get(name).unwrap().certificates(), "echo").await.unwrap(), "echo");
}

#[tokio::test]
async fn tenants_are_added_replaced_and_removed_by_name() {
    let tenants = Tenants::new(shared().clone());
    let is_about_the_name = |error: &Error| matches!(error, Error::Config(problem) if problem.field == "name");
    assert!(tenants.get("a").is_none() && tenants.remove("a").is_none());
    assert!(is_about_the_name(&tenants.replace("a", settings(NOWHERE)).unwrap_err()));

    assert_eq!(tenants.add("a", settings(NOWHERE)).unwrap().name(), "a");
    assert!(is_about_the_name(&tenants.add("a", settings(NOWHERE)).unwrap_err()));
    tenants.add("b", settings(NOWHERE)).unwrap();
    let names: Vec<_> = tenants.all().iter().map(|tenant| tenant.name().to_owned()).collect();
    assert_eq!(names, ["a", "b"]);

    echo(&tenants, "a").await;
    assert!(tenants.replace("a", settings(NOWHERE)).unwrap().is_none(), "nothing of it changed");
    echo(&tenants, "a").await;
    assert_eq!(tenants.get("a").unwrap().metrics().instances, 1, "it is the very tenant");
    let former = tenants.replace("a", settings(NOWHERE).limits(strict())).unwrap().unwrap();
    assert_eq!((former.limits(), tenants.get("a").unwrap().limits()), (&Limits::default(), &strict()));

    assert_eq!(tenants.remove("a").unwrap().limits(), &strict());
    assert!(tenants.get("a").is_none());
    echo(&tenants, "b").await;
}

#[tokio::test]
async fn a_set_is_applied_whole_or_not_at_all() {
    let tenants = Tenants::new(shared().clone());
    let first = set([("changes", settings(NOWHERE)), ("goes", settings(NOWHERE)), ("stays", settings(NOWHERE))]);
    assert_eq!(tenants.apply(first).unwrap().added, ["changes", "goes", "stays"]);
    for name in ["changes", "goes", "stays"] {
        echo(&tenants, name).await;
    }

    let bad = TenantSettings::new(config("Bucket!", NOWHERE));
    let refused =
        tenants.apply(set([("aaa", settings(NOWHERE)), ("changes", settings(NOWHERE).limits(strict())), ("zzz", bad)]));
    let refused = refused.unwrap_err();
    assert!(matches!(&refused.error, Error::Config(problem) if problem.field == "bucket"), "{refused}");
    assert!(refused.name == "zzz" && refused.to_string().starts_with("the tenant \"zzz\": "), "{refused}");
    assert!(tenants.get("aaa").is_none() && tenants.get("goes").is_some());
    assert_eq!(tenants.get("changes").unwrap().limits(), &Limits::default());

    let second = set([
        ("changes", settings(NOWHERE).limits(strict())),
        ("new", settings(NOWHERE)),
        ("stays", settings(NOWHERE)),
    ]);
    let applied = tenants.apply(second).unwrap();
    let [replaced, removed] = [&applied.replaced, &applied.removed].map(|gone| gone[0].name().to_owned());
    assert_eq!((applied.replaced.len(), applied.removed.len()), (1, 1));
    assert_eq!((replaced.as_str(), removed.as_str()), ("changes", "goes"));
    assert_eq!((applied.added, applied.kept), (vec!["new".to_owned()], vec!["stays".to_owned()]));
    for name in ["changes", "new", "stays"] {
        echo(&tenants, name).await;
    }
    let started = ["changes", "new", "stays"].map(|name| tenants.get(name).unwrap().metrics().instances);
    assert_eq!(started, [2, 1, 1], "what is counted under a name goes on being counted");
}

#[tokio::test]
async fn calls_in_flight_end_where_they_began() {
    let tenants = Tenants::new(shared().clone());
    tenants.apply(set([("changes", settings(NOWHERE)), ("goes", settings(NOWHERE))])).unwrap();
    let [changes, goes] = ["changes", "goes"].map(|name| tenants.get(name).unwrap().certificates());
    let changed = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(tenants.apply(set([("changes", settings(NOWHERE).limits(strict()))])).unwrap());
        echo(&tenants, "changes").await;
    };
    let (changing, going, ()) = tokio::join!(text(&changes, "sleep 400"), text(&goes, "sleep 400"), changed);
    assert_eq!((changing.unwrap().as_str(), going.unwrap().as_str()), ("slept", "slept"));
}

#[tokio::test]
async fn connections_stay_where_the_place_does() {
    let (server, other) = (Server::start().await, Server::start().await);
    let tenants = Tenants::new(shared().clone());
    let get = async |server: &Server| {
        let answer = text(&tenants.get("a").unwrap().certificates(), &format!("get {}", server.url("/x"))).await;
        assert_eq!(answer.unwrap(), "200 hello");
    };
    tenants.add("a", TenantSettings::new(config_of("bucket", &server))).unwrap();
    get(&server).await;
    let settings = TenantSettings::new(config_of("bucket", &server)).limits(Limits::default().calls(7).requests(8));
    tenants.replace("a", settings).unwrap().unwrap();
    get(&server).await;
    assert_eq!((server.accepted(), server.requests()), (1, 2), "limits are none of a connection's");
    let metrics = tenants.get("a").unwrap().metrics();
    assert_eq!((metrics.connections, metrics.requests, metrics.instances), (1, 2, 2));

    // A name may be given to somebody else.
    tenants.replace("a", TenantSettings::new(config_of("another", &server))).unwrap().unwrap();
    get(&server).await;
    assert_eq!(server.accepted(), 2);
    tenants.replace("a", TenantSettings::new(config_of("another", &other))).unwrap().unwrap();
    get(&other).await;
    assert_eq!((server.accepted(), other.accepted()), (2, 1));
}

#[tokio::test]
async fn queues_of_locks_and_supplied_credentials_stay_where_the_place_does() {
    let emulator = emulator().await;
    let tenants = Tenants::new(component::engine().clone());
    let mut config = component::config(&emulator);
    config.credentials = CredentialSource::Host;
    let tenant = tenants.add("a", TenantSettings::new(config.clone())).unwrap();
    tenant.supply_credentials(TemporaryCredentials::new(Credentials::new("id", "very-secret"), None)).unwrap();
    let guard = tenant.locks().hold("name", Duration::from_secs(10)).await.unwrap();

    let narrow = TenantSettings::new(config.clone()).limits(Limits::default().calls(9));
    drop((tenant, tenants.replace("a", narrow).unwrap().unwrap()));
    let before = tenants.get("a").unwrap().metrics().requests;
    let held = tenants.get("a").unwrap().locks().try_lock("name").await.unwrap_err();
    assert!(matches!(held, LockError::Held { .. }), "{held}");
    assert_eq!(tenants.get("a").unwrap().metrics().requests, before, "who is behind its holder here asks nobody");

    // The holder goes on, and what it gives back the next one gets.
    guard.check().unwrap();
    guard.store("key", "value").await.unwrap();
    guard.unlock().await.unwrap();
    tenants.get("a").unwrap().locks().try_hold("name").await.unwrap().unlock().await.unwrap();

    let elsewhere = TenantSettings::new(config.root("elsewhere"));
    tenants.replace("a", elsewhere).unwrap().unwrap();
    let refused = tenants.get("a").unwrap().certificates().load("key").await.unwrap_err();
    assert!(!refused.is_not_found(), "credentials for one place are not for another: {refused}");
}

#[tokio::test]
async fn files_of_keys_are_read_again_when_a_set_is_applied_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, "{}").unwrap();
    let tenants = Tenants::new(shared().clone());
    let with_file = || {
        let encryption = Encryption::new(ossicle::Secret::file(&file));
        set([
            ("file", TenantSettings::new(config("bucket", NOWHERE).encryption(encryption))),
            ("plain", settings(NOWHERE)),
        ])
    };
    for expected in 1..=2 {
        let applied = tenants.apply(with_file()).unwrap();
        assert_eq!(applied.kept.len(), if expected == 1 { 0 } else { 2 });
        echo(&tenants, "file").await;
        echo(&tenants, "plain").await;
        let started = ["file", "plain"].map(|name| tenants.get(name).unwrap().metrics().instances);
        assert_eq!(started, [expected, 1]);
    }
}

#[tokio::test]
async fn a_closed_set_ends_what_was_taken_out_of_it_as_well() {
    let tenants = Tenants::new(shared().clone());
    for name in ["present", "replaced", "removed"] {
        tenants.add(name, settings(NOWHERE)).unwrap();
    }
    let certificates = ["present", "replaced", "removed"].map(|name| tenants.get(name).unwrap().certificates());
    let closed = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop((tenants.replace("replaced", settings(NOWHERE).limits(strict())).unwrap(), tenants.remove("removed")));
        assert!(!tenants.close_within(Duration::ZERO).await);
    };
    let calls = futures_util::future::join_all(certificates.iter().map(|certificates| certificates.load("never")));
    let (stopped, ()) = tokio::join!(calls, closed);
    for call in stopped {
        assert!(matches!(call, Err(Error::Retired { reason: Retirement::Closed, .. })), "{call:?}");
    }
    assert!(tenants.close_within(Duration::from_secs(60)).await, "nothing is left");
    tenants.close().await;
    assert!(matches!(tenants.add("late", settings(NOWHERE)), Err(Error::Closed)));
    assert!(matches!(tenants.apply(set([("late", settings(NOWHERE))])).unwrap_err().error, Error::Closed));
    assert!(matches!(certificates[0].load("echo").await, Err(Error::Closed)));
}
