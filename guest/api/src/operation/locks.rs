//! Operations on locks.

use super::parameters::{FENCING_TOKEN, LEASE_REQUIRED, LOCK_NAME, WAIT};
use super::responses::{self, document};
use super::{BodyKind, Description, Operation, Template};
use crate::access::Right;
use crate::problem::ProblemKind;

const GROUP: &str = "Locks";

pub(super) const TABLE: &[Description] = &[
    Description {
        operation: Operation::InspectLock,
        name: "getLock",
        method: "GET",
        template: Template::Lock,
        group: GROUP,
        summary: "Inspect a lock",
        description: "Returns the state of a lock. A lock that nobody ever acquired is free.",
        needs: &[Right::Read],
        parameters: &[LOCK_NAME],
        body: BodyKind::None,
        successes: &[document(200, "The lock's state.", "Lock")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CHANGE],
    },
    Description {
        operation: Operation::BreakLock,
        name: "breakLock",
        method: "DELETE",
        template: Template::Lock,
        group: GROUP,
        summary: "Break a lock",
        description: "Ends the tenure with a fencing token, whoever holds it: for an operator who knows that its \
                      holder is dead. A live holder notices at its next renewal; OSS accepts its changes until the \
                      lease's end.",
        needs: &[Right::BreakLocks],
        parameters: &[LOCK_NAME, FENCING_TOKEN],
        body: BodyKind::None,
        successes: &[document(200, "The tenure with this fencing token is over.", "Break")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CHANGE],
    },
    Description {
        operation: Operation::AcquireLock,
        name: "acquireLock",
        method: "POST",
        template: Template::Lease,
        group: GROUP,
        summary: "Acquire a lock",
        description: "Acquires a lock, or waits for it. The lease lasts as long as the tenant's config says unless it \
                      is renewed, and can be renewed, used and released by whoever has it, at any process that serves \
                      the tenant. A client that disconnects while it waits does not acquire the lock.",
        needs: &[Right::Write],
        parameters: &[LOCK_NAME, WAIT],
        body: BodyKind::None,
        successes: &[document(201, "The lease.", "Lease")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CHANGE, &[ProblemKind::LockHeld]],
    },
    Description {
        operation: Operation::RenewLease,
        name: "renewLease",
        method: "PUT",
        template: Template::Lease,
        group: GROUP,
        summary: "Renew a lease",
        description: "Renews a lease for its full time from now on. An expired lease can be renewed too: success means \
                      that nobody had the lock in between.",
        needs: &[Right::Write],
        parameters: &[LOCK_NAME, LEASE_REQUIRED],
        body: BodyKind::None,
        successes: &[document(200, "The newest lease.", "Lease")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CHANGE, responses::LEASE],
    },
    Description {
        operation: Operation::ReleaseLease,
        name: "releaseLease",
        method: "DELETE",
        template: Template::Lease,
        group: GROUP,
        summary: "Release a lease",
        description: "Releases a lease. After a change under it that may take effect once more, let the lease expire \
                      instead, or wait for its end.",
        needs: &[Right::Write],
        parameters: &[LOCK_NAME, LEASE_REQUIRED],
        body: BodyKind::None,
        successes: &[document(200, "What happened to the lease, with its fencing token.", "Release")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CHANGE, responses::LEASE],
    },
];
