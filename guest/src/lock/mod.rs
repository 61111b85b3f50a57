//! A lock for a fleet, based on OSS's only compare-and-set: AppendObject succeeds only if the object has the length
//! that the caller expects.
//!
//! A lock is a log to which records are only appended. Its last record names the holder, its `Last-Modified` is the
//! beginning of that state, and every change of the holder is one append that only one of many callers can win. So a
//! request that is lost, late or repeated does no harm: once the log has grown, it can't take effect any more.
//!
//! Guarantees, as long as nobody deletes or overwrites the object, OSS's own clocks differ by no more than 3 seconds,
//! and a holder's clock runs at the right rate to within 7 %:
//!
//! * No two holders ever rely on a lease of the same lock at the same time. No clock's reading is used for that, only
//!   the difference of two times that OSS stated in one response, and how long the holder's own clock ran.
//! * Tokens grow strictly with every tenure.
//! * A write under a lease ([`crate::cert::Storage::store_under`]) is rejected by OSS after the lease's end, even if
//!   the holder's clock is completely wrong or its machine stood still.
//! * The lock of a holder that died can be taken over after its lease's time and a few seconds. Nobody can release
//!   another's lease.
//! * Nothing of a lease lives in an instance: a [`Lease`] is a plain value.
//!
//! Beside a fleet that still runs the Go module, see [`interlock`].
//!
//! The files: [`record`] and `log_end` read and write the log, `verdict` decides what its end means, `append_attempt`
//! finds out the outcome of an append, `acquire`, `renew` and `release` are the state machines, `driver` runs them with
//! OSS's client, and `locks`, `guarded` and `inspect` contain the calls. Storing under a lease belongs to the layer
//! above: nothing here knows of values.

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
mod name_map;
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
