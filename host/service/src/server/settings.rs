//! How the server treats its connections.

use std::time::Duration;

use super::pace::PaceLimit;
use crate::access_log::Observers;

/// How the server treats its connections.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// How long a client may take for the head of a request, and a connection may be idle. Default 60 s: longer than the
    /// pauses that clients make between the requests of a push.
    pub head_timeout: Duration,
    /// How long a client may bring nothing of a body, or take nothing of one. Default 60 s.
    pub body_timeout: Duration,
    /// How many bytes of a body a second a client must bring or take on average, beyond [`Self::body_timeout`]. Default 1 KiB: an
    /// upload holds up to three parts in memory for as long as it lasts, and a client that brought a byte a minute would hold
    /// them for ever. It is twice what Apache's `mod_reqtimeout` asks for, and less than a tenth of what each of the five layers
    /// has that a docker client pushes at once over 512 kbit/s.
    pub body_rate: u32,
    /// How large the head of a request may be; of HTTP/1.1 up to twice as much may be read of it. Default 64 KiB: a token that
    /// names many repositories takes some 10.
    pub head_bytes: usize,
    /// How many connections there may be; more wait to be accepted. Default 4096, of which each is a file to the system.
    pub connections: usize,
    /// Who hears of requests: the access log and notifications. Default: nobody.
    pub observers: Observers,
    /// How long transfers may take to end once the server is told to stop. Default 30 s.
    pub shutdown_timeout: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(60),
            body_rate: 1 << 10,
            head_bytes: 64 << 10,
            connections: 4096,
            observers: Observers::default(),
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

impl ServerSettings {
    /// How slow clients may be with bodies.
    pub(crate) fn pace(&self) -> PaceLimit {
        PaceLimit { idle: self.body_timeout, rate: self.body_rate }
    }
}
