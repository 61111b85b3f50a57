//! The interfaces that the core needs from its environment: sending requests, clocks and random numbers.
//!
//! A flavour module implements them over WASI; tests implement them over sockets or a simulated network.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use crate::credentials::Temporary;
use crate::message::{Request, Response};
use crate::wake_signal::WakeSignals;

/// The time limits within one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeTimeouts {
    /// Until a connection is established.
    pub connect: Duration,
    /// From the end of the request to the first byte of the response.
    pub first_byte: Duration,
    /// Between two pieces of the response's body.
    pub between_bytes: Duration,
}

/// Sends HTTP requests.
pub trait Transport {
    /// The body of a response.
    type Body: Body;

    /// Sends one request and waits for the head of the response. Does not follow redirects or retry, and waits no
    /// longer than the timeouts allow.
    ///
    /// # Errors
    /// When there is no response; see [`TransportError`].
    fn send(
        &self,
        request: Request,
        timeouts: ExchangeTimeouts,
    ) -> impl Future<Output = Result<Response<Self::Body>, TransportError>>;
}

/// The body of a response, in pieces as they arrive.
pub trait Body {
    /// The next piece, which is never empty; `None` at the end.
    ///
    /// # Errors
    /// When the connection broke or stalled before the body's end.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, TransportError>>;

    /// Takes back the buffer of a piece, to use it for a later one. The default drops it.
    fn reuse(&mut self, buffer: Vec<u8>) {
        drop(buffer);
    }
}

/// Why there is no response, or no complete one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// What kind of failure it was.
    pub kind: TransportErrorKind,
    /// The transport's message. Contains no URL and no header.
    pub message: String,
}

/// The kinds of failure of a transport that the core treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection was established, so the request had no effect. A retry may help.
    NotSent,
    /// The connection broke after the request may have been sent. A retry may help if the request may be repeated.
    Broken,
    /// The time ran out after the request may have been sent. A retry may help if the request may be repeated.
    TimedOut,
    /// The host forbids the request, or the request or its response is malformed. A retry can't help.
    Refused,
}

/// Reads clocks and waits.
pub trait Clock {
    /// The time since 1970-01-01T00:00:00Z; may jump.
    fn now(&self) -> Duration;

    /// The time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;

    /// Waits.
    fn sleep(&self, length: Duration) -> impl Future<Output = ()>;
}

/// Generates unpredictable random numbers.
pub trait Entropy {
    /// A number of 64 random bits.
    fn random_u64(&self) -> u64;

    /// Fills a buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let random = self.random_u64().to_le_bytes();
            chunk.iter_mut().zip(random).for_each(|(to, from)| *to = from);
        }
    }
}

/// Asks the host for credentials, if the config leaves them to the host.
///
/// A host may hand over credentials ([`crate::credentials::Provider::supply`]) before the present ones expire; this
/// method is called if there are no valid ones. The default is for hosts that only hand over.
pub trait CredentialHost {
    /// Credentials that are valid now.
    ///
    /// # Errors
    /// Why there are none, as a message for a person.
    fn credentials(&self) -> impl Future<Output = Result<Temporary, String>> {
        std::future::ready(Err("the host has handed over no credentials that hold".to_owned()))
    }
}

/// All ports together.
pub trait Ports: Transport + Clock + Entropy + CredentialHost + WakeSignals {}

impl<T: Transport + Clock + Entropy + CredentialHost + WakeSignals> Ports for T {}
