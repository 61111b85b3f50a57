//! Two hosts of sixteen tasks each increment one stored counter under a lock, over real sockets, through the built
//! component, while requests and answers are lost, delayed and refused: no increment is lost and none happens twice.

use std::collections::BTreeSet;
use std::time::Duration;

use ossicle::{Certificates, Engine, Limits, LockError, LockOptions, Tenant, Unlocked};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use ossicle_tests::{Ground, engine};
use tokio::runtime::{Builder, Runtime};

const HOSTS: usize = 2;
const TASKS: usize = 16;
const ROUNDS: usize = 2;
const LONG: Duration = Duration::from_secs(600);

/// A host: an engine of its own on a runtime of its own.
struct Host {
    engine: Engine,
    runtime: Runtime,
}

impl Host {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { engine: engine(runtime.handle()), runtime }
    }

    fn tenant(&self, ground: &Ground) -> Tenant {
        let locks = LockOptions::new()
            .lease(Duration::from_secs(15))
            .poll(Duration::from_millis(50), Duration::from_millis(400));
        self.engine.tenant("fleet", ground.config().locks(locks), Limits::default()).unwrap()
    }
}

/// What is stored: a line for each increment. The counter is how many there are.
async fn counted(certificates: &Certificates) -> String {
    loop {
        match certificates.load("counter").await {
            Ok(bytes) => return String::from_utf8(bytes.to_vec()).unwrap(),
            Err(error) if error.is_not_found() => return String::new(),
            Err(error) if error.is_retryable() => a_moment().await,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Gets the lock, reads, adds a line unless it is there, writes under the lease, releases. Whatever fails is begun anew,
/// under the lock: what an earlier attempt led to shows then.
async fn increment(certificates: &Certificates, line: &str, as_guard: bool) {
    loop {
        let result =
            if as_guard { with_a_guard(certificates, line).await } else { with_a_lease(certificates, line).await };
        match result {
            Ok(()) => return,
            Err(LockError::Failed(error)) if !error.is_retryable() => panic!("{line}: {error}"),
            Err(_) => a_moment().await,
        }
    }
}

async fn with_a_guard(certificates: &Certificates, line: &str) -> Result<(), LockError> {
    let guard = certificates.tenant().locks().hold("counter", LONG).await?;
    let before = counted(certificates).await;
    if !before.lines().any(|known| known == line) {
        guard.store("counter", format!("{before}{line}\n")).await?;
    }
    match guard.unlock().await? {
        Unlocked::Released => Ok(()),
        // The write was taken under the lease all the same.
        Unlocked::AlreadyGone | Unlocked::Lost => Ok(()),
    }
}

async fn with_a_lease(certificates: &Certificates, line: &str) -> Result<(), LockError> {
    let lease = certificates.tenant().locks().lock("counter", LONG).await?;
    let before = counted(certificates).await;
    if !before.lines().any(|known| known == line) {
        certificates.store_under(&lease, "counter", format!("{before}{line}\n")).await?;
    }
    certificates.tenant().locks().unlock(&lease).await?;
    Ok(())
}

fn faults(ground: &Ground) {
    let error = |status, code: &str| FaultAction::Error {
        status,
        code: code.into(),
        message: "as the test wants".into(),
        ec: String::new(),
    };
    let faults = [
        (FaultAction::LoseResponse, Operation::AppendObject, 3),
        (FaultAction::Refuse, Operation::AppendObject, 7),
        (FaultAction::CutRequest { at: 50 }, Operation::AppendObject, 11),
        (error(503, "ServiceUnavailable"), Operation::AppendObject, 13),
        (FaultAction::LoseResponse, Operation::AppendObject, 17),
        (FaultAction::Delay { ms: 300 }, Operation::AppendObject, 19),
        (FaultAction::CutResponse { at: 60 }, Operation::GetObject, 5),
        (FaultAction::CorruptResponse { at: 20 }, Operation::GetObject, 9),
        (error(500, "InternalError"), Operation::GetObject, 14),
        (FaultAction::Garbage { status: 502, body: "bad gateway".into() }, Operation::GetObject, 23),
        (FaultAction::Refuse, Operation::PutObject, 4),
        (error(503, "TotalQpsLimitExceeded"), Operation::PutObject, 8),
        (FaultAction::LoseResponse, Operation::PutObject, 12),
    ];
    for (action, operation, after) in faults {
        ground.fault(FaultRule::new(action).on(operation).skip(after).once());
    }
}

#[test]
fn no_increment_is_lost() {
    let hosts: Vec<_> = (0..HOSTS).map(|_| Host::new()).collect();
    let emulator = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    emulator.block_on(async {
        let ground = Ground::new("").await;
        faults(&ground);
        let tasks: Vec<_> = hosts
            .iter()
            .enumerate()
            .flat_map(|(number, host)| {
                let tenant = host.tenant(&ground);
                (0..TASKS).map(move |task| {
                    let certificates = tenant.certificates();
                    host.runtime.spawn(async move {
                        for round in 0..ROUNDS {
                            // Both ways to hold a lock, side by side.
                            increment(&certificates, &format!("{number} {task} {round}"), task % 2 == 0).await;
                        }
                    })
                })
            })
            .collect();
        for task in tasks {
            tokio::time::timeout(LONG, task).await.expect("it ends").unwrap();
        }
        let counter = String::from_utf8(ground.get_raw("counter").unwrap().to_vec()).unwrap();
        let lines: Vec<_> = counter.lines().collect();
        assert_eq!(lines.len(), HOSTS * TASKS * ROUNDS, "{counter}");
        assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "none twice");
        check_log(&ground.get_raw("locks/v1/counter").unwrap());
    });
    for host in hosts {
        host.runtime.shutdown_background();
    }
}

/// The log: tenures one after the other, with tokens that grow.
fn check_log(log: &[u8]) {
    let mut token = 0;
    let mut is_open = false;
    for record in log.chunks(128) {
        let record = ossicle_guest::lock::Record::parse(record).expect("a record");
        match record.kind {
            ossicle_guest::lock::RecordKind::Acquire => {
                assert!(record.token > token, "tokens grow");
                (token, is_open) = (record.token, true);
            }
            kind => {
                assert!(is_open && record.token == token, "of the same tenure");
                is_open = kind == ossicle_guest::lock::RecordKind::Renew;
            }
        }
    }
    assert!(log.len() >= HOSTS * TASKS * ROUNDS * 128);
}
