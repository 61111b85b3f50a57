//! The limits of one tenant.

use crate::{duration, size};
use serde::Deserialize;
use std::time::Duration;

/// Bytes of the heads of an instance, all together. The requests of as many calls as may be at once by default need a
/// quarter of it.
pub(crate) const HEADS: usize = 32 << 20;

/// What one tenant may take. Read from a file in kebab-case; spans of time are `"5s"`, `"250ms"` or milliseconds, numbers of
/// bytes `"256MiB"` or plain ones.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of linear memory of an instance. A component that wants more is stopped. Default 256 MiB, a dozen calls with
    /// the largest value at once; what is not used is not taken.
    #[serde(deserialize_with = "size::addressable")]
    pub memory: usize,
    /// Instances for certificates that take calls at once, and as many for blobs, of which no more are of use than the engine's
    /// runtime has threads. Default 1: then no tenant takes more than one processor for either from the others of its engine,
    /// nor its memory more than once. Where one tenant has most of the work, let it have as many as there are processors.
    ///
    /// What either costs, on two processors with the server on them as well: a tenant that may have two instances does 1.27 times
    /// as many loads of 2 KiB a second at 8 in flight and 1.5 times at 32 and 64; one at a time, and where an answer takes 20 ms,
    /// its first one stays alone and is as fast as where it has to (0.98 to 1.02; the benchmark `instances`). But one that
    /// computes all the time in two makes the 99th percentile of its neighbour's calls six times as long, three milliseconds,
    /// where one that computes in its only instance leaves it as it is (the benchmark `neighbours`).
    ///
    /// An instance computes on one thread at a time. The first serves alone for as long as it has time left; another starts
    /// when calls wait although those that there are compute all the time, if no tenant of the engine waits for its first, and
    /// goes when it is idle.
    ///
    /// What is said of an instance here and at [`Limits::host_memory`] is said of each of them: the tenant may take so much of
    /// it as many times. Calls, streams and requests at once are the tenant's. A stream and a writer stay in the instance that
    /// they began in, and all calls on locks run in one of them. What one of them gets as credentials from a
    /// service, all of them have, as they have what the host supplies.
    pub instances: usize,
    /// How long a call may take in all, waiting for a turn included. Default 2 minutes, which is longer than the two
    /// requests of the longest usual call may take by the component's own `operation` timeout. A call for blobs may take
    /// longer: for as long as it moves, which is said at [`Blobs`](crate::Blobs).
    #[serde(deserialize_with = "duration::required")]
    pub call_timeout: Duration,
    /// How long the component may compute without coming back to the host. Default 2 s: a hundred times what it takes
    /// to check 16 MiB.
    #[serde(deserialize_with = "duration::required")]
    pub cpu: Duration,
    /// Calls at once that are no streams; more wait for their turn. Default 256.
    ///
    /// Calls that hold more than 1 MiB in the instance, such as a `store` of a value larger than half of that, have as many
    /// turns for themselves. They wait until [`Limits::memory`] has room for what they hold, before their bytes are read.
    pub calls: usize,
    /// Streams at once in each direction, downloads and walks one way and uploads the other; more wait for their turn, and
    /// keep nothing else waiting. Default 128.
    ///
    /// An upload waits until [`Limits::memory`] has room for the next bytes, before they are read: with the defaults seven or
    /// more go on at once, and the others when these are through.
    pub streams: usize,
    /// How long the caller of a stream may read nothing, or bring nothing, before the stream is cut: its call then fails
    /// with [`Error::CallerTimedOut`](crate::Error::CallerTimedOut). Default: as long as it likes. A service whose callers are
    /// clients of its own should have a limit here, since a stream keeps its turn and its room.
    #[serde(deserialize_with = "duration::optional")]
    pub caller_timeout: Option<Duration>,
    /// HTTP requests at once that wait for their response; more wait for their turn. Responses with long bodies may be as
    /// many as [`Limits::streams`] besides. Default 64.
    pub requests: usize,
    /// Bytes in the body of one response to an instance for certificates. Default 64 MiB. For blobs there is no such limit:
    /// content streams through the instance, whose memory has its own.
    #[serde(deserialize_with = "size::required")]
    pub response_bytes: u64,
    /// Bytes that the component may hand to the host in one go. Default 128 MiB.
    #[serde(deserialize_with = "size::addressable")]
    pub hostcall_bytes: usize,
    /// Resources, streams and futures that the component may hold. Default 10 000: a call holds eight for each of its
    /// requests, and more of them wait for their turn than are sent.
    pub handles: usize,
    /// After how long without a call an instance is dropped. Default 1 minute.
    #[serde(deserialize_with = "duration::required")]
    pub idle: Duration,
    /// After how long without a request a connection is closed. Default 1 minute, as OSS does: one that is used again after the
    /// other side has closed it costs a retry. Where a balancer or a firewall on the way closes sooner, be before it.
    #[serde(deserialize_with = "duration::required")]
    pub idle_connection: Duration,
    /// After how long an instance is replaced. Default 1 hour.
    #[serde(deserialize_with = "duration::required")]
    pub age: Duration,
    /// After how many calls an instance is replaced; 1 gives every call an instance of its own. Default 1 000 000.
    pub calls_per_instance: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            instances: 1,
            call_timeout: Duration::from_secs(120),
            cpu: Duration::from_secs(2),
            calls: 256,
            streams: 128,
            caller_timeout: None,
            requests: 64,
            response_bytes: 64 << 20,
            hostcall_bytes: 128 << 20,
            handles: 10_000,
            idle: Duration::from_secs(60),
            idle_connection: Duration::from_secs(60),
            age: Duration::from_secs(3600),
            calls_per_instance: 1_000_000,
        }
    }
}

impl Limits {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What an instance takes of the host's memory beside [`Limits::memory`], in bytes: no more than this, whatever the
    /// component does. That is 32 MiB for the heads of requests and responses, 1 KiB for each of [`Limits::handles`], 1 MiB for
    /// each request that is sent and 1.5 MiB for each response that is read, and 1 MiB for each stream between component
    /// and caller. What calls return is the callers', and at most [`Limits::hostcall_bytes`] each; so much may also be
    /// on its way between the two.
    ///
    /// ```
    /// assert!(ossicle::Limits::default().host_memory() < 700 << 20);
    /// ```
    pub fn host_memory(&self) -> u64 {
        const KIB: u64 = 1 << 10;
        let [handles, requests, streams] = [self.handles, self.requests, self.streams].map(|count| count as u64);
        let bodies = requests.saturating_add(streams);
        let parts = [
            (1, HEADS as u64),
            (handles, KIB),
            (requests, 1024 * KIB),
            (bodies, 1536 * KIB),
            // In both directions.
            (streams.saturating_mul(2), 1024 * KIB),
        ];
        parts.into_iter().fold(0, |sum, (count, bytes)| sum.saturating_add(count.saturating_mul(bytes)))
    }

    /// Bytes of linear memory of an instance.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Instances that take calls at once.
    pub fn instances(mut self, count: usize) -> Self {
        self.instances = count;
        self
    }

    /// How long a call may take in all.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// How long the component may compute without coming back to the host.
    pub fn cpu(mut self, limit: Duration) -> Self {
        self.cpu = limit;
        self
    }

    /// Calls at once that are no streams.
    pub fn calls(mut self, count: usize) -> Self {
        self.calls = count;
        self
    }

    /// Streams at once in each direction.
    pub fn streams(mut self, count: usize) -> Self {
        self.streams = count;
        self
    }

    /// How long the caller of a stream may stand still.
    pub fn caller_timeout(mut self, limit: Duration) -> Self {
        self.caller_timeout = Some(limit);
        self
    }

    /// HTTP requests at once.
    pub fn requests(mut self, count: usize) -> Self {
        self.requests = count;
        self
    }

    /// Bytes in the body of one response.
    pub fn response_bytes(mut self, bytes: u64) -> Self {
        self.response_bytes = bytes;
        self
    }

    /// After how long without a call an instance is dropped.
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// After how long without a request a connection is closed.
    pub fn idle_connection(mut self, limit: Duration) -> Self {
        self.idle_connection = limit;
        self
    }

    /// After how long an instance is replaced.
    pub fn age(mut self, limit: Duration) -> Self {
        self.age = limit;
        self
    }

    /// After how many calls an instance is replaced.
    pub fn calls_per_instance(mut self, count: u64) -> Self {
        self.calls_per_instance = count;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_can_be_read_and_a_mistake_is_named() {
        let limits: Limits = toml::from_str("memory = \"1MiB\"\ncall-timeout = \"5s\"\ncpu = 250").unwrap();
        let expected =
            Limits::new().memory(1 << 20).call_timeout(Duration::from_secs(5)).cpu(Duration::from_millis(250));
        assert_eq!(limits, expected);
        for (text, named) in
            [("cpus = 1", "cpus"), ("idle = \"soon\"", "soon"), ("age = -1", "-1"), ("memory = \"1 MB\"", "1 MB")]
        {
            let error = toml::from_str::<Limits>(text).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
