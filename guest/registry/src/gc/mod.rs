//! Garbage collection beside pushes, without a lock and without a database.
//!
//! A collector announces in the epoch log which digests it may delete, waits until no process writes under an older view
//! of the log any more, looks again, and deletes what is still unreferenced, by requests that OSS refuses after an
//! announced time. A registry process signs every write that confirms something to end a fixed time after the `Date` of the
//! response in which it read the log, and writes nothing that is being deleted.
//!
//! No local clock matters, nor how long a process pauses at any step. The protocol rests on the clocks of OSS, whose
//! differences are bounded by the constants of [`timing`], on OSS's check of a signature's end, and on the position of an
//! append. All processes that write to a bucket must keep the rules for pushes (`pushes`): a collection beside another
//! program's pushes, such as distribution's, is safe only while that is stopped or read-only.
//!
//! The protocol was checked as a model before it was written, and each of its rules is one that a test breaks: see
//! [`rule::Rule`].
//!
//! # Limits
//!
//! * All that writes to the bucket must keep the rules. Beside another program's pushes, such as distribution's, collect only
//!   while that is stopped or read-only, from the start of a collection to its end.
//! * Nothing may delete the epoch log ([`LOG`]): deny `oss:DeleteObject` on it, and let no lifecycle rule match it. Without
//!   it, processes that had read it refuse writes until they are started again.
//! * No proxy that caches may stand between a process and OSS: the `Date` of a response must be OSS's.
//! * In a versioned bucket deletes free nothing until the old versions go. Safety is the same.
//! * A user who deletes a blob from a repository breaks that repository's manifests, and no other's.

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
