//! The protocol's constants, and the inequality that safety depends on. All are seconds of OSS's clock unless stated
//! otherwise.

use std::time::Duration;

/// K: how much two clocks of OSS may differ: those of the `Date` of a response, of a `Last-Modified`, and of the check
/// of a deadline. This is an assumption; OSS states no figure.
pub const CLOCK_DIFFERENCE: u64 = 2;

/// L: how long OSS may take between checking the deadline of a small request and its effect, and between reading the
/// content of a response and setting its `Date`. This is an assumption.
pub const EFFECT: u64 = 5;

/// S: how long after a deadline a request that was signed to it may still take effect.
pub const SLACK: u64 = 25;

// This covers a publication with a late effect, a read with a late `Date` and a write with a late effect (three times
// L), four times of clocks that may differ (twice K), and rounding to whole seconds.
const _: () = assert!(SLACK >= 2 * CLOCK_DIFFERENCE + 3 * EFFECT + 2);

/// W: how long after its `Date` a view of the epoch log may be used for writes. It should cover [`REFRESH`], the
/// longest request handler and one request to OSS, but only so that pushes succeed at the first attempt.
pub const VIEW: u64 = 90;

/// R: the age, on the local clock, from which a view is read again before it is used. Safety does not depend on it.
pub const REFRESH: Duration = Duration::from_secs(30);

/// How long the append of a record is signed to last: enough for one request and its repetition.
pub const PUBLICATION: u64 = 20;

/// How long before T1 a push stops writing a listed digest and waits instead, because the write would be rejected if it
/// took longer. Safety does not depend on it.
pub const RESCUE_MARGIN: u64 = EFFECT;

/// The pause, on the local clock, between two reads of the log while a push waits for the end of an epoch.
pub const WAIT_PAUSE: Duration = Duration::from_secs(5);

/// How long before T2 the window of a batch of deletes ends: a batch is one request with up to a thousand effects,
/// which may take longer than [`EFFECT`].
pub const BATCH_MARGIN: u64 = 30;

/// The number of deletes in a second that an epoch plans with: batches of 1000 take two seconds at most.
pub const DELETES_PER_SECOND: u64 = 500;

/// The time that an epoch's deletes have in addition to the planned one.
pub const DELETE_RESERVE: u64 = 60;

/// The longest time from T1 to T2. If a collector dies, pushes of listed digests wait for so long.
pub const LONGEST_DELETES: u64 = 900;

/// The default grace period: a day.
pub const GRACE: u64 = 24 * 60 * 60;

/// The shortest grace period. A client may rely on a blob whose presence was confirmed for half the grace period less
/// [`VIEW`].
pub const SHORTEST_GRACE: u64 = 600;

const _: () = assert!(SHORTEST_GRACE / 2 > 2 * VIEW);

/// The maximum number of digests that an epoch lists: such a list has at most 7 MB, and every process reads it.
pub const LONGEST_LIST: usize = 50_000;

/// The age from which a list is deleted unless the last record names it: no process reads it any more.
pub const LIST_LIFETIME: u64 = 24 * 60 * 60;
