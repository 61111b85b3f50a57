//! Conditional changes without a lease of the client's.
//!
//! OSS checks no condition before it replaces an object, except whether it exists. So the check and the change are made
//! under a lock for the key, and the change within the window of its lease, outside of which OSS rejects it: of several
//! conditional changes of one key, each sees the result of the one before.

use std::time::Duration;

use crate::api::Api;
use crate::ports::{Lease, LockError, Locks, Ports, StorageError, Window};
use crate::problem::{Problem, ProblemKind};

/// How long to wait for other changes: a conditional change takes about five requests, so dozens of them may come
/// first.
const WAIT: Duration = Duration::from_secs(10);

/// A lease of the ports.
pub(crate) type LeaseOf<P> = <<P as Ports>::Locks as Locks>::Lease;

/// The kind of resource that is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Area {
    Certificates,
    Blobs,
}

impl<P: Ports> Api<P> {
    /// Acquires the lock for the conditional changes of a key.
    pub(crate) async fn guard(&self, area: Area, key: &str) -> Result<LeaseOf<P>, Problem> {
        let area = match area {
            Area::Certificates => "certificates",
            Area::Blobs => "blobs",
        };
        let name = format!("ossicle:conditional-change:{area}:{key}");
        self.ports().locks().lock(&name, WAIT).await.map_err(|error| match error {
            LockError::Held(_) => under_way("another conditional change of this key or path is not over yet", key),
            error => Problem::from(error).at(key),
        })
    }

    /// Releases the lock. After a change that may still take effect, or once more, the lease is left to expire instead:
    /// until then nobody may make another change. A lease that could not be released expires as well, and the change
    /// remains.
    pub(crate) async fn unguard(&self, lease: &LeaseOf<P>, may_come_yet: bool) {
        if !may_come_yet {
            drop(self.ports().locks().unlock(lease).await);
        }
    }
}

/// Whether a change may still take effect, or once more.
pub(crate) fn may_come_yet(result: &Result<bool, LockError>) -> bool {
    match result {
        Ok(perhaps_again) => *perhaps_again,
        Err(LockError::Failed(StorageError { undecided, .. })) => *undecided,
        Err(LockError::Held(_) | LockError::Lost { .. }) => false,
    }
}

/// The problem of a change under the API's own lock: the client is not told about the expired lease of a lock that it
/// does not know. An attempt that arrived in time may have changed the key before another one arrived too late.
pub(crate) fn guarded_problem(problem: Problem, key: &str) -> Problem {
    match problem.kind() {
        ProblemKind::LeaseLost => {
            under_way("the change took longer than its lock lasts: read the present state before you try again", key)
                .undecided()
        }
        _ => problem,
    }
}

/// The window in which OSS performs writes under a lease.
pub(crate) fn window(lease: &impl Lease) -> Result<Window, Problem> {
    lease.window().ok_or_else(|| {
        let detail = "OSS stated no time with the lease, so the change can't be limited to the lease's end";
        Problem::new(ProblemKind::Unsupported, detail)
    })
}

fn under_way(detail: &str, key: &str) -> Problem {
    Problem::new(ProblemKind::ChangeUnderWay, detail).at(key)
}
