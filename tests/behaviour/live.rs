//! A bucket at Alibaba Cloud itself, for who has one: what the lock rests on, beyond what the documentation says. Without
//! these variables there is nothing to run, and it says so:
//!
//! `OSSICLE_LIVE_BUCKET`, `OSSICLE_LIVE_REGION`, `OSSICLE_LIVE_KEY_ID`, `OSSICLE_LIVE_KEY_SECRET`, and where it is needed
//! `OSSICLE_LIVE_ENDPOINT`. `OSSICLE_LIVE_ROUNDS` makes the rounds fewer than 300. Over plain HTTP: signatures are seen, the
//! secret never is.
//!
//! It writes below a prefix of its own, `ossicle-live-test/`, and removes at its end what it wrote.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::future::join_all;
use ossicle_guest::cert::Storage;
use ossicle_guest::checksum::Crc64;
use ossicle_guest::config::{Config, Settings, TimeoutOptions};
use ossicle_guest::credentials::{CredentialSource, Credentials};
use ossicle_guest::endpoint::Endpoint;
use ossicle_guest::key::ObjectName;
use ossicle_guest::lock::{LockError, LockSettings, Locks, Unlocked};
use ossicle_guest::oss::{Attributes, Change, Client, Window};
use ossicle_tests::native::Native;

const WRITERS: usize = 64;

fn variable(name: &str) -> Option<String> {
    std::env::var(format!("OSSICLE_LIVE_{name}")).ok().filter(|value| !value.is_empty())
}

/// The bucket, or none.
fn live() -> Option<Settings> {
    let config = Config {
        bucket: variable("BUCKET")?,
        region: variable("REGION")?,
        endpoint: variable("ENDPOINT").map(Endpoint::Custom),
        addressing: None,
        secure: Some(false),
        root: Some(format!("ossicle-live-test/{}", now().as_nanos())),
        signature: None,
        credentials: CredentialSource::Static(Credentials {
            access_key_id: variable("KEY_ID")?,
            access_key_secret: variable("KEY_SECRET")?.into(),
            security_token: None,
        }),
        roles: Vec::new(),
        timeouts: TimeoutOptions::default(),
        attempts: Some(3),
        acl: None,
    };
    Some(config.check().expect("the variables make a config"))
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn object(settings: &Settings, name: &str) -> ObjectName {
    let key = ossicle_guest::key::Key::parse(name).expect("a key");
    settings.root.object(&key).expect("an object")
}

#[tokio::test(flavor = "multi_thread")]
async fn test_40_a_live_bucket() {
    let Some(settings) = live() else {
        println!("skipped: there is no live bucket (set OSSICLE_LIVE_BUCKET, _REGION, _KEY_ID and _KEY_SECRET)");
        return;
    };
    let client = Client::new(Native::default(), settings.clone());
    appends_at_one_position(&client, &settings).await;
    times(&client, &settings).await;
    deadlines(&client, &settings).await;
    after_a_delete(&client, &settings).await;
    the_lock(settings).await;
}

/// Of many appends at one position exactly one succeeds, and the object is the winner's.
async fn appends_at_one_position(client: &Client<Native>, settings: &Settings) {
    let rounds = variable("ROUNDS").and_then(|text| text.parse().ok()).unwrap_or(300);
    let log = object(settings, "appended");
    let (mut whole, mut length) = (Crc64::default(), 0);
    for round in 0..rounds {
        let line = |writer: usize| Bytes::from(format!("round {round:05} writer {writer:02}\n"));
        let (log, before) = (&log, &whole);
        let sent = (0..WRITERS).map(|writer| client.append_object("appended", log, length, before, line(writer)));
        let results = join_all(sent).await;
        let winners: Vec<_> = (0..WRITERS).filter(|writer| results[*writer].is_ok()).collect();
        let refused = results.iter().filter_map(|result| result.as_ref().err()?.answer.as_ref());
        let refused = refused.filter(|answer| answer.code == "PositionNotEqualToLength").count();
        assert_eq!((winners.len(), refused), (1, WRITERS - 1), "round {round}: {results:?}");
        let won = line(winners[0]);
        whole.update(&won);
        length += won.len() as u64;
        let seen = client.get_object_tail("appended", log, won.len() as u64, None).await.expect("a look");
        assert_eq!((seen.state.size, seen.crc64, seen.bytes), (length, whole.value(), won), "round {round}");
    }
    client.delete_object("appended", &log).await.expect("a delete");
}

/// Answers have a date, and `Last-Modified` is that of the last append, by clocks that agree.
async fn times(client: &Client<Native>, settings: &Settings) {
    let log = object(settings, "times");
    let first = client.append_object("times", &log, 0, &Crc64::default(), "a".into()).await.expect("an append");
    let one = client.get_object_tail("times", &log, 128, None).await.expect("a look");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut before = Crc64::default();
    before.update(b"a");
    let second = client.append_object("times", &log, 1, &before, "b".into()).await.expect("an append");
    let two = client.get_object_tail("times", &log, 128, None).await.expect("a look");
    let (one_at, two_at) = (one.state.modified.expect("a time"), two.state.modified.expect("a time"));
    assert!(two_at >= one_at + 4, "{one_at} {two_at}");
    for (date, modified) in [(first.date, one_at), (second.date, two_at), (two.state.date, two_at)] {
        assert!(date.expect("a date").abs_diff(modified) <= 3, "{date:?} {modified}");
    }
    client.delete_object("times", &log).await.expect("a delete");
}

/// A write that comes after its window is refused, and told as that.
async fn deadlines(client: &Client<Native>, settings: &Settings) {
    let written = object(settings, "written");
    let window = |from: u64| Some(Window { from, seconds: 20 }.into());
    let put = |content: &'static str, from: u64| {
        let (attributes, change) = (Attributes::default(), Change { guard: window(from), ..Change::default() });
        let object = &written;
        async move { client.store_object("written", object, content.into(), &attributes, change).await }
    };
    let date = client.get_object_tail("written", &written, 1, None).await.expect("a look").state.date.expect("a date");
    put("in time", date - 2).await.expect("a write in time");
    let late = put("late", date - 60).await.expect_err("it is late");
    assert!(Window::closed(&late), "{late:?}");
    let late = client.delete_object_in("written", &written, window(date - 60)).await.expect_err("it is late");
    assert!(Window::closed(&late), "{late:?}");
    assert_eq!(client.get_object("written", &written, 100).await.expect("it is there").bytes, "in time");
    client.delete_object("written", &written).await.expect("a delete");
}

/// A log can be begun anew where one was deleted, on a bucket with versions too.
async fn after_a_delete(client: &Client<Native>, settings: &Settings) {
    let log = object(settings, "deleted");
    client.append_object("deleted", &log, 0, &Crc64::default(), "a".into()).await.expect("an append");
    client.delete_object("deleted", &log).await.expect("a delete");
    let again = client.append_object("deleted", &log, 0, &Crc64::default(), "b".into()).await.expect("it begins anew");
    assert_eq!(again.next_position, 1);
    client.delete_object("deleted", &log).await.expect("a delete");
}

/// The lock itself.
async fn the_lock(settings: Settings) {
    let locks = || Locks::new(Native::default(), settings.clone(), LockSettings::default());
    let (one, other) = (locks(), locks());
    let storage = Storage::new(Native::default(), settings.clone()).with_locks(&one);
    let lease = one.lock("live", Duration::ZERO).await.expect("a lock");
    assert!(matches!(other.try_lock("live").await, Err(LockError::Held { .. })));
    let lease = one.renew(&lease).await.expect("a renewal");
    storage.store_under(&lease, "k", "v".into()).await.expect("a write");
    storage.delete_under(&lease, "k").await.expect("a delete");
    assert_eq!(one.unlock(&lease).await.expect("a release"), Unlocked::Released);
    let next = other.try_lock("live").await.expect("a lock");
    assert!(next.token > lease.token);
    assert_eq!(other.unlock(&next).await.expect("a release"), Unlocked::Released);
    let client = Client::new(Native::default(), settings.clone());
    client.delete_object("live", &object(&settings, "locks/v1/live")).await.expect("a delete");
}
