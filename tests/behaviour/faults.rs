//! Every fault over every operation of `cert-storage`: the right answer, or a typed error with what is stored whole; never a
//! wrong success.

use std::time::Duration;

use ossicle::{Certificates, Timeouts};
use ossicle_emulator::{FaultAction, FaultRule};
use ossicle_tests::{CertStorage, Failed, Ground};

const OLD: &[u8] = b"the value that was stored before the fault";
const NEW: &[u8] = b"another value, stored while the fault is there";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Store,
    Load,
    Delete,
    DeleteTree,
    ExistsFile,
    ExistsDirectory,
    ExistsNothing,
    StatFile,
    StatDirectory,
    List,
    ListRecursive,
    LoadNothing,
    StatNothing,
    ListNothing,
}

const OPERATIONS: [Operation; 14] = [
    Operation::Store,
    Operation::Load,
    Operation::Delete,
    Operation::DeleteTree,
    Operation::ExistsFile,
    Operation::ExistsDirectory,
    Operation::ExistsNothing,
    Operation::StatFile,
    Operation::StatDirectory,
    Operation::List,
    Operation::ListRecursive,
    Operation::LoadNothing,
    Operation::StatNothing,
    Operation::ListNothing,
];

/// Each fault, and whether a second attempt gets past one occurrence of it.
fn faults() -> Vec<(&'static str, FaultAction, bool)> {
    let error = |status, code: &str| FaultAction::Error {
        status,
        code: code.to_owned(),
        message: "as the test wants".to_owned(),
        ec: String::new(),
    };
    vec![
        ("refuse", FaultAction::Refuse, true),
        ("delay", FaultAction::Delay { ms: 50 }, true),
        ("delay beyond the timeout", FaultAction::Delay { ms: 60_000 }, true),
        ("cut the request at its beginning", FaultAction::CutRequest { at: 0 }, true),
        ("cut the request", FaultAction::CutRequest { at: 7 }, true),
        ("cut the response at its beginning", FaultAction::CutResponse { at: 0 }, true),
        ("cut the response", FaultAction::CutResponse { at: 7 }, true),
        ("lose the response", FaultAction::LoseResponse, true),
        ("internal error", error(500, "InternalError"), true),
        ("service unavailable", error(503, "ServiceUnavailable"), true),
        ("access denied", error(403, "AccessDenied"), false),
        ("no such bucket", error(404, "NoSuchBucket"), false),
        ("a code nobody knows", error(418, "Teapot"), false),
        ("corrupt the request", FaultAction::CorruptRequest { at: 5 }, true),
        ("corrupt the response", FaultAction::CorruptResponse { at: 5 }, true),
        // Within the name of the root element of a document, or of an error document.
        ("corrupt the response further on", FaultAction::CorruptResponse { at: 41 }, true),
        (
            "throttle",
            FaultAction::Throttle { status: 503, code: "TotalQpsLimitExceeded".into(), retry_after: None },
            true,
        ),
        (
            "throttle for longer than there is time",
            FaultAction::Throttle { status: 503, code: "TotalQpsLimitExceeded".into(), retry_after: Some(3600) },
            false,
        ),
        ("drop the checksum", FaultAction::DropCrc, true),
        ("garbage", FaultAction::Garbage { status: 502, body: "<html>bad gateway".into() }, true),
        ("garbage instead of a 404", FaultAction::Garbage { status: 404, body: "<html>not found".into() }, false),
        ("captive portal", FaultAction::CaptivePortal, true),
        ("trickle", FaultAction::Trickle { bytes: 16, every_ms: 1 }, true),
    ]
}

/// Does the operation, and checks that success is the right success.
async fn run(operation: Operation, certificates: &Certificates) -> Result<(), Failed> {
    let storage: &Certificates = certificates;
    match operation {
        Operation::Store => CertStorage::store(storage, "d/file", NEW).await?,
        Operation::Load => assert_eq!(CertStorage::load(storage, "d/file").await?, OLD),
        Operation::Delete => CertStorage::delete(storage, "d/file").await?,
        Operation::DeleteTree => CertStorage::delete(storage, "d").await?,
        Operation::ExistsFile => assert!(CertStorage::exists(storage, "d/file").await?),
        Operation::ExistsDirectory => assert!(CertStorage::exists(storage, "d").await?),
        Operation::ExistsNothing => assert!(!CertStorage::exists(storage, "nothing").await?),
        Operation::StatFile => {
            let info = CertStorage::stat(storage, "d/file").await?;
            assert_eq!((info.size, info.is_terminal), (OLD.len() as u64, true));
        }
        Operation::StatDirectory => assert!(!CertStorage::stat(storage, "d").await?.is_terminal),
        Operation::List => assert_eq!(CertStorage::list(storage, "d", false).await?, ["d/e", "d/file"]),
        Operation::ListRecursive => {
            assert_eq!(CertStorage::list(storage, "d", true).await?, ["d/e", "d/e/leaf", "d/file"]);
        }
        // Absence is the right answer here, and nothing else is.
        Operation::LoadNothing => absent(CertStorage::load(storage, "nothing").await)?,
        Operation::StatNothing => absent(CertStorage::stat(storage, "nothing").await)?,
        Operation::ListNothing => absent(CertStorage::list(storage, "nothing", true).await)?,
    }
    Ok(())
}

fn absent<T: std::fmt::Debug>(result: Result<T, Failed>) -> Result<(), Failed> {
    match result {
        Ok(value) => panic!("a wrong success: {value:?}"),
        Err(error) if error.is(ossicle::ErrorKind::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What is stored, whatever happened: values are the old one or the new one, whole, and nothing else changed.
fn check_stored(operation: Operation, succeeded: bool, ground: &Ground, what: &str) {
    let file = ground.get_raw("d/file");
    let leaf = ground.get_raw("d/e/leaf");
    assert_eq!(ground.get_raw("d-sibling").as_deref(), Some(OLD), "{what}");
    match (operation, succeeded) {
        (Operation::Store, true) => assert_eq!(file.as_deref(), Some(NEW), "{what}"),
        (Operation::Store, false) => assert!(file.is_some_and(|file| file == OLD || file == NEW), "{what}"),
        (Operation::Delete, true) => assert_eq!(file, None, "{what}"),
        (Operation::Delete, false) => assert!(file.is_none_or(|file| file == OLD), "{what}"),
        (Operation::DeleteTree, true) => assert_eq!((file, leaf), (None, None), "{what}"),
        (Operation::DeleteTree, false) => {
            assert!([file, leaf].into_iter().flatten().all(|value| value == OLD), "{what}");
        }
        _ => assert_eq!(file.as_deref(), Some(OLD), "{what}"),
    }
    if !matches!(operation, Operation::DeleteTree) {
        assert_eq!(ground.get_raw("d/e/leaf").as_deref(), Some(OLD), "{what}");
    }
}

/// Whether a request of the operation has a body, or its answer of success has one that is checked: without, a fault of a
/// body has nothing to happen to.
fn can_happen(action: &FaultAction, operation: Operation) -> bool {
    match action {
        FaultAction::CutRequest { .. } | FaultAction::CorruptRequest { .. } => {
            matches!(operation, Operation::Store | Operation::DeleteTree)
        }
        FaultAction::CutResponse { .. } | FaultAction::CorruptResponse { .. } | FaultAction::Trickle { .. } => {
            !matches!(operation, Operation::Store | Operation::ExistsFile | Operation::StatFile)
        }
        FaultAction::DropCrc => matches!(operation, Operation::Store | Operation::Load),
        _ => true,
    }
}

async fn walk(ground: &Ground, certificates: &Certificates, name: &str, action: &FaultAction, once_passes: bool) {
    for operation in OPERATIONS {
        let mut hits = 0;
        for (times, skip) in [(Some(1), 0), (Some(1), 1), (None, 0)] {
            for key in ["d/file", "d/e/leaf", "d-sibling"] {
                ground.put_raw(key, OLD);
            }
            let what = format!("{name}, {times:?} times after {skip}, over {operation:?}");
            let fault = ground.fault(FaultRule { times, skip, ..FaultRule::new(action.clone()) });
            let result = tokio::time::timeout(Duration::from_secs(30), run(operation, certificates)).await;
            let result = result.unwrap_or_else(|_| panic!("{what}: no end"));
            hits += fault.hits();
            ground.clear_faults();
            check_stored(operation, result.is_ok(), ground, &what);
            if let Err(error) = &result {
                assert!(error.kind.is_some(), "{what}: a failure of the host, not of the component: {}", error.text);
                assert!(!error.is(ossicle::ErrorKind::NotFound), "{what}: {}", error.text);
                assert!(!error.text.contains(ossicle_tests::SECRET), "{what}");
            }
            if times.is_some() && once_passes {
                assert!(result.is_ok(), "{what}: {}", result.unwrap_err().text);
            }
        }
        assert!(hits > 0 || !can_happen(action, operation), "{name} never happened to {operation:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_over_every_operation() {
    let walks = faults().into_iter().map(|(name, action, once_passes)| async move {
        let ground = Ground::new("").await;
        let timeouts = Timeouts::new().first_byte(Duration::from_millis(400)).operation(Duration::from_secs(5));
        let certificates = ground.open(ground.config().timeouts(timeouts));
        walk(&ground, &certificates, name, &action, once_passes).await;
    });
    futures_util::future::join_all(walks).await;
}

/// A fault between the pages of a tree: nothing is taken for the whole, and a second call goes on where the first ended.
#[tokio::test(flavor = "multi_thread")]
async fn faults_between_pages() {
    let ground = Ground::new("below/").await;
    let certificates = ground.open(ground.config().signature(ossicle::SignatureVersion::V1).attempts(1));
    let fill = || (0..2500).for_each(|n| ground.put_raw(&format!("below/tree/{n:04}"), OLD));
    for skip in 0..3 {
        fill();
        let broken = ground.fault(FaultRule::new(FaultAction::CutResponse { at: 100 }).skip(skip).once());
        let error = CertStorage::list(&certificates, "tree", true).await.unwrap_err();
        assert!(error.is(ossicle::ErrorKind::Unavailable), "{}", error.text);
        assert_eq!(broken.hits(), 1);
        ground.clear_faults();
        assert_eq!(CertStorage::list(&certificates, "tree", true).await.unwrap().len(), 2500);
        ground.fault(FaultRule::new(FaultAction::LoseResponse).skip(2 * skip + 1).once());
        assert!(CertStorage::delete(&certificates, "tree").await.is_err(), "the answer to a batch was lost");
        ground.clear_faults();
        CertStorage::delete(&certificates, "tree").await.unwrap();
        assert_eq!(ground.keys(), [""; 0]);
    }
}

/// A batch delete that leaves a key behind says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_left_behind_is_named() {
    let ground = Ground::new("").await;
    for key in ["d/a", "d/b", "d/c"] {
        ground.put_raw(key, OLD);
    }
    let rule = FaultRule::new(FaultAction::SkipKeys { keys: ossicle_emulator::Glob::new("d/b") });
    ground.fault(rule);
    let certificates = ground.open(ground.config());
    let error = CertStorage::delete(&certificates, "d").await.unwrap_err();
    assert!(error.is(ossicle::ErrorKind::Unavailable) && error.text.contains("d/b"), "{}", error.text);
    assert_eq!(error.answer.and_then(|(_, request_id)| request_id).map(|id| id.len()), Some(24));
    assert_eq!(ground.keys(), ["d/b"]);
    ground.clear_faults();
    CertStorage::delete(&certificates, "d").await.unwrap();
    assert_eq!(ground.keys(), [""; 0]);
}
