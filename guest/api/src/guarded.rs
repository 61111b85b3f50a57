//! Conditional changes without a lease of the client's.
//!
//! OSS compares nothing before it replaces an object, but for whether there is one. So the look and the change are made under a
//! lock of the key's own, and the change in the window of its lease, outside of which OSS refuses it: of several conditional
//! changes of one key, each sees what the one before made of it.

use std::time::Duration;

use crate::api::Api;
use crate::ports::{Lease, LockError, Locks, Ports, StorageError, Window};
use crate::problem::{Problem, ProblemKind};

/// How long to wait for others: a conditional change takes some five requests, so that dozens of them may be before this one.
const WAIT: Duration = Duration::from_secs(10);

/// A lease of the ports.
pub(crate) type LeaseOf<P> = <<P as Ports>::Locks as Locks>::Lease;

/// What of the API is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Area {
    Certificates,
    Blobs,
}

impl<P: Ports> Api<P> {
    /// Gets the lock of a key's conditional changes.
    pub(crate) async fn guard(&self, area: Area, key: &str) -> Result<LeaseOf<P>, Problem> {
        let area = match area {
            Area::Certificates => "certificates",
            Area::Blobs => "blobs",
        };
        let name = format!("ossicle:conditional-change:{area}:{key}");
        self.ports().locks().lock(&name, WAIT).await.map_err(|error| match error {
            LockError::Held(_) => under_way("another conditional change of it is not over yet", key),
            error => Problem::from(error).at(key),
        })
    }

    /// Gives the lock back. After a change that may take effect yet, or once more, the lease is left to run out instead: until
    /// then nobody must make another change. One that could not be released runs out as well, and the change stands.
    pub(crate) async fn unguard(&self, lease: &LeaseOf<P>, may_come_yet: bool) {
        if !may_come_yet {
            drop(self.ports().locks().unlock(lease).await);
        }
    }
}

/// Whether a change may take effect yet, or once more.
pub(crate) fn may_come_yet(result: &Result<bool, LockError>) -> bool {
    match result {
        Ok(perhaps_again) => *perhaps_again,
        Err(LockError::Failed(StorageError { undecided, .. })) => *undecided,
        Err(LockError::Held(_) | LockError::Lost { .. }) => false,
    }
}

/// The problem of a change that was to be made under the API's own lock: that its lease is over is none of the client's. A copy
/// of the request that came in time may have changed the key before another one came too late.
pub(crate) fn guarded_problem(problem: Problem, key: &str) -> Problem {
    match problem.kind() {
        ProblemKind::LeaseLost => {
            under_way("the change took longer than its lock lasts: look whether it was made before trying again", key)
                .undecided()
        }
        _ => problem,
    }
}

/// When OSS takes what is written under a lease.
pub(crate) fn window(lease: &impl Lease) -> Result<Window, Problem> {
    lease.window().ok_or_else(|| {
        let detail = "OSS stated no time with the lease, so it can't be told until when to take a change";
        Problem::new(ProblemKind::Unsupported, detail)
    })
}

fn under_way(detail: &str, key: &str) -> Problem {
    Problem::new(ProblemKind::ChangeUnderWay, detail).at(key)
}
