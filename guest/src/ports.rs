//! What the core asks of its surroundings: a way to send requests, clocks and random numbers.
//!
//! A flavour module implements them over WASI; tests implement them over sockets or a simulated network.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use crate::bell::Bells;
use crate::credentials::Temporary;
use crate::message::{Request, Response};

/// How long the pieces of one exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeTimeouts {
    /// Until a connection stands.
    pub connect: Duration,
    /// From the request's end to the first byte of the answer.
    pub first_byte: Duration,
    /// Between two pieces of the answer's body.
    pub between_bytes: Duration,
}

/// Sends HTTP requests.
pub trait Transport {
    /// The body of an answer.
    type Body: Body;

    /// Sends one request and waits for the head of the answer. Follows no redirect and
    /// repeats nothing, and waits for nothing longer than the timeouts allow.
    ///
    /// # Errors
    /// When no answer came; see [`TransportError`].
    fn send(
        &self,
        request: Request,
        timeouts: ExchangeTimeouts,
    ) -> impl Future<Output = Result<Response<Self::Body>, TransportError>>;
}

/// The body of an answer, in pieces as they arrive.
pub trait Body {
    /// The next piece, which is never empty; `None` at the end.
    ///
    /// # Errors
    /// When the connection broke or stalled before the body's end.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, TransportError>>;

    /// Takes a buffer back that a piece came in, for the next one. The default drops it.
    fn reuse(&mut self, buffer: Vec<u8>) {
        drop(buffer);
    }
}

/// Why no answer, or no whole answer, came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// What kind of failure it was.
    pub kind: TransportErrorKind,
    /// What the transport said of it. Holds no URL and no header.
    pub message: String,
}

/// The kinds of failure of a transport that the core treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection came to stand, so the request can't have had an effect. Worth a retry.
    NotSent,
    /// The connection broke after the request may have been sent. Worth a retry where the request may be repeated.
    Broken,
    /// Time ran out after the request may have been sent. Worth a retry where the request may be repeated.
    TimedOut,
    /// The host forbids the request, or it or its answer is malformed. A retry can't help.
    Refused,
}

/// Tells time.
pub trait Clock {
    /// The time since 1970-01-01T00:00:00Z; may jump.
    fn now(&self) -> Duration;

    /// The time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;

    /// Waits.
    fn sleep(&self, length: Duration) -> impl Future<Output = ()>;
}

/// Draws random numbers that nobody can foresee.
pub trait Entropy {
    /// A number with every bit drawn at random.
    fn random_u64(&self) -> u64;

    /// Fills a buffer with bytes drawn at random.
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let random = self.random_u64().to_le_bytes();
            chunk.iter_mut().zip(random).for_each(|(to, from)| *to = from);
        }
    }
}

/// Asks the host for credentials, where a config says that it looks after them.
///
/// A host may hand them over on its own ([`crate::credentials::Provider::supply`]) ahead of their end; this is asked when
/// there are none that hold. The default is for hosts that only hand over.
pub trait CredentialHost {
    /// Credentials that hold now.
    ///
    /// # Errors
    /// Why there are none, for a person.
    fn credentials(&self) -> impl Future<Output = Result<Temporary, String>> {
        std::future::ready(Err("the host has handed over no credentials that hold".to_owned()))
    }
}

/// All ports together.
pub trait Ports: Transport + Clock + Entropy + CredentialHost + Bells {}

impl<T: Transport + Clock + Entropy + CredentialHost + Bells> Ports for T {}
