//! Storing where there is nothing yet.

use futures_util::future::join_all;
use ossicle::ErrorKind;
use ossicle_emulator::{FaultAction, FaultRule, Operation};

use crate::{CertStorage, Ground};

/// A value is created once, and of many who try at once by one.
pub async fn creates_once(storage: &impl CertStorage, ground: &Ground) {
    storage.create("d/k", b"first").await.unwrap();
    let taken = storage.create("/d//k", b"second").await.unwrap_err();
    assert!(taken.is(ErrorKind::Conflict), "{}", taken.text);
    assert_eq!(taken.key.as_deref(), Some("/d//k"));
    assert_eq!(storage.load("d/k").await.unwrap(), b"first");
    let acl = ground.acl(&format!("{}d/k", ground.root()));
    assert_eq!(acl.as_deref(), Some("private"));
    storage.create("d", b"a directory is no value").await.unwrap();
    storage.store("d/k", b"stored over it").await.unwrap();
    assert!(storage.create("d/k", b"third").await.unwrap_err().is(ErrorKind::Conflict));
    storage.delete("d/k").await.unwrap();
    storage.create("d/k", b"").await.unwrap();
    assert_eq!(storage.load("d/k").await.unwrap(), b"");

    let values: Vec<[u8; 1]> = (0..8).map(|n| [n]).collect();
    let made = join_all(values.iter().map(|value| storage.create("race", value))).await;
    let winners: Vec<_> = made.iter().zip(&values).filter(|(made, _)| made.is_ok()).map(|(_, value)| value).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(storage.load("race").await.unwrap(), *winners[0]);
    for failed in made.into_iter().filter_map(Result::err) {
        assert!(failed.is(ErrorKind::Conflict), "{}", failed.text);
    }
}

/// A request whose answer was lost is repeated, and finds its own value or another's.
pub async fn a_lost_answer(storage: &impl CertStorage, ground: &Ground) {
    storage.create("before", b"so that versioning was looked at").await.unwrap();
    ground.lose_answers(Operation::PutObject);
    ground.take_counts();
    storage.create("k", b"own").await.unwrap();
    assert_eq!(ground.take_counts(), [("HeadObject".to_owned(), 1), ("PutObject".to_owned(), 2)]);
    assert_eq!(storage.load("k").await.unwrap(), b"own");
    // The same bytes by another call are another's.
    ground.lose_answers(Operation::PutObject);
    let taken = storage.create("k", b"own").await.unwrap_err();
    assert!(taken.is(ErrorKind::Conflict), "{}", taken.text);
    // Whose it is can't be found out.
    storage.delete("k").await.unwrap();
    ground.lose_answers(Operation::PutObject);
    let refuse =
        FaultAction::Error { status: 403, code: "AccessDenied".into(), message: String::new(), ec: String::new() };
    ground.fault(FaultRule::new(refuse).on(Operation::HeadObject).once());
    assert!(storage.create("k", b"own").await.unwrap_err().is(ErrorKind::AccessDenied));
    assert_eq!(storage.load("k").await.unwrap(), b"own");
}

/// Where versions are kept or were, nothing is written: OSS would overwrite.
pub async fn no_create_beside_versions(storage: &impl CertStorage, ground: &Ground) {
    for _ in 0..2 {
        let refused = storage.create("k", b"value").await.unwrap_err();
        assert!(refused.is(ErrorKind::Unsupported), "{}", refused.text);
        assert_eq!(refused.key.as_deref(), Some("k"));
    }
    assert_eq!(ground.keys_below(""), [""; 0]);
    storage.store("k", b"value").await.unwrap();
}
