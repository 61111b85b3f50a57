//! The protocol's constants, and the one inequality that safety rests on. All are seconds of OSS's time but where said.

use std::time::Duration;

/// K: by how much two clocks of OSS may differ: the `Date` of a response, a `Last-Modified`, and the clock that a
/// deadline is compared with. Assumed; OSS states no figure.
pub const CLOCK_DIFFERENCE: u64 = 2;

/// L: how long OSS may take from checking a small request's deadline to its effect, and from reading what a response
/// tells to setting its `Date`. Assumed.
pub const EFFECT: u64 = 5;

/// S: what is waited beyond a deadline until no request that was signed to it can have an effect any more.
pub const SLACK: u64 = 25;

// A publication that lands late, a reading whose `Date` is late, and a write that lands late (three times L), four
// readings of clocks that may differ (twice K), and whole seconds.
const _: () = assert!(SLACK >= 2 * CLOCK_DIFFERENCE + 3 * EFFECT + 2);

/// W: for how long after its `Date` a view of the epoch log may be written under. It must cover [`REFRESH`], the longest
/// handler and one request, only so that pushes succeed at the first attempt.
pub const VIEW: u64 = 90;

/// R: after how long, by the local clock, a view is read anew before it is used. No safety rests on it.
pub const REFRESH: Duration = Duration::from_secs(30);

/// How long the append of a record is signed to last: one request and its repetition.
pub const PUBLICATION: u64 = 20;

/// How long before T1 a push gives up writing a listed digest and waits instead: such a write would be refused if it took
/// any longer. No safety rests on it.
pub const RESCUE_MARGIN: u64 = EFFECT;

/// The pause between two readings of the log while a push waits for the end of an epoch, by the local clock.
pub const WAIT_PAUSE: Duration = Duration::from_secs(5);

/// How long before T2 a batch of deletes must end: the batch is one request of up to a thousand effects, which may take
/// longer than [`EFFECT`].
pub const BATCH_MARGIN: u64 = 30;

/// How many deletes a second an epoch reckons with: batches of 1000 take two seconds at most.
pub const DELETES_PER_SECOND: u64 = 500;

/// What an epoch's deletes are given beyond what they should take.
pub const DELETE_RESERVE: u64 = 60;

/// The longest time from T1 to T2. Pushes of listed digests wait so long after a collector that died.
pub const LONGEST_DELETES: u64 = 900;

/// The default of the grace period: a day.
pub const GRACE: u64 = 24 * 60 * 60;

/// The shortest grace period. A blob whose presence was told is promised for half the grace period less [`VIEW`].
pub const SHORTEST_GRACE: u64 = 600;

const _: () = assert!(SHORTEST_GRACE / 2 > 2 * VIEW);

/// How many digests an epoch lists at most: a list of these takes 7 MB and every process reads it.
pub const LONGEST_LIST: usize = 50_000;

/// The age from which a list that the log's last record does not name is deleted: no process reads it any more.
pub const LIST_LIFETIME: u64 = 24 * 60 * 60;
