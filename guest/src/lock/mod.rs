//! A lock that a fleet can rest on, over the one compare-and-set that OSS has: AppendObject succeeds only where the object
//! is as long as the caller thinks.
//!
//! A lock is a log that is only ever appended to. Its last record says who holds it, from when on is its `Last-Modified`,
//! and every change of hands is one append that only one of many can win. So a request that is lost, late or repeated does
//! no harm: once the log has grown, it can't take effect any more.
//!
//! What it promises, as long as nobody deletes or overwrites the object, OSS's own clocks differ by no more than 3 seconds,
//! and a holder's clock runs at the right rate to within 7 %:
//!
//! * At no moment do two holders trust a lease of the same lock. No clock's reading is used for that, but the difference of
//!   two times that OSS stated in one answer, and how long the holder's own clock ran.
//! * Tokens grow strictly with every tenure.
//! * A write under a lease ([`crate::cert::Storage::store_under`]) is refused by OSS after the lease's end, even if the
//!   holder's clock is wrong altogether or its machine stood still.
//! * A holder that dies is overcome after its lease's time and a few seconds. Nobody can release another's lease.
//! * Nothing of a lease lives in an instance: a [`Lease`] is a plain value.
//!
//! Beside a fleet that still runs the Go module, see [`interlock`].
//!
//! The files: [`record`] and `log_end` read and write the log, `verdict` decides what its end means, `append_attempt` finds
//! out what became of an append, `acquire`, `renew` and `release` are the machines, `driver` lends them OSS's client, and `locks`,
//! `guarded` and `inspect` are what callers call. Whoever stores under a lease stands above: nothing here knows of values.

mod acquire;
mod append_attempt;
mod driver;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod guarded;
mod inspect;
pub mod interlock;
mod lease;
mod local;
mod locks;
mod log_end;
mod machine;
mod memory;
mod name;
mod named;
mod options;
mod poll;
mod queue;
pub mod record;
mod release;
mod renew;
mod rule;
mod verdict;

pub use error::{Holder, LockError};
pub use guarded::Written;
pub use inspect::{Broken, Inspection, LockState};
pub use lease::{InterlockMark, Lease, Mark};
pub use local::LocalState;
pub use locks::Locks;
pub use name::lock_object;
pub use options::{GRACE, Interlock, InterlockOptions, LockOptions, LockSettings, MARGIN};
pub use poll::Poll;
pub use record::{Owner, Record, RecordKind};
pub use release::Unlocked;
#[cfg(feature = "lock-mutants")]
pub use rule::Rule;
