//! Garbage collection concurrently with pushes, without a lock and without a database.
//!
//! A collector announces in the epoch log which digests it may delete. It waits until no process writes under an older
//! view of the log any more, checks again, and deletes what is still unreferenced, by requests that OSS rejects after
//! an announced time. A registry process signs every write that confirms content to a client so that it ends a fixed
//! time after the `Date` of the response with which it read the log, and it writes nothing that is being deleted.
//!
//! Neither local clocks matter nor how long a process pauses at any step. The protocol depends on the clocks of OSS,
//! whose differences are bounded by the constants of [`timing`], on OSS's check of the end of a signature, and on the
//! position of an append. All processes that write to a bucket must keep the rules for pushes (`pushes`).
//!
//! The protocol was checked as a model before it was written. For each of its rules there is a test that breaks it: see
//! [`rule::Rule`].
//!
//! # Limits
//!
//! * Everything that writes to the bucket must keep the rules. If another program pushes, such as distribution, collect
//!   only while it is stopped or read-only, from the start of a collection to its end.
//! * Nothing may delete the epoch log ([`LOG`]): deny `oss:DeleteObject` on it, and let no lifecycle rule match it.
//!   Processes that have read the log refuse to write without it until they are restarted.
//! * There must be no caching proxy between a process and OSS: the `Date` of a response must be OSS's.
//! * In a versioned bucket, deletes free storage only when the old versions are deleted. Safety is the same.
//! * If a user deletes a blob from a repository, the manifests of that repository that name it break, and no others.

mod collector;
mod epochs;
mod facts;
mod list;
mod log;
mod mark;
mod purge;
mod pushes;
mod record;
pub mod rule;
mod settings;
pub mod timing;
mod untagged;
mod view;

pub use collector::{Amount, AnnouncedEpoch, CollectError, Collector, Extent, LeftFile, Report};
pub(crate) use epochs::Epochs;
pub use facts::Kind;
pub(crate) use facts::Presence;
pub use log::{LISTS, LOG, LogError};
pub(crate) use mark::Item;
pub(crate) use purge::purge;
pub use purge::{ABANDONED, PurgeReport};
pub(crate) use pushes::{BlobSource, ManifestOutcome, NewManifest, PushError, Pushes};
pub use settings::{GcSettings, GraceTooShort};
pub use untagged::UntaggedReport;
pub(crate) use untagged::delete_untagged;
