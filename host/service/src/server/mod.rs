//! A server: HTTP/1.1 and 2, plain or over TLS. What it answers is an [`Application`]'s.

mod application;
mod client_certificate;
mod connection;
mod exchange;
mod incoming;
mod listener;
mod metrics;
mod outgoing;
mod pace;
mod paced;
pub(crate) mod reply;
mod settings;
mod shared;
mod tls;
mod usage;

pub use application::{Application, Peer};
pub use client_certificate::{ClientCertificate, Fingerprint};
pub use exchange::Exchange;
pub use incoming::IncomingBody;
pub use listener::{Listening, Server, StartError};
pub use metrics::Metrics;
pub(crate) use metrics::RouteUse;
pub use outgoing::OutgoingBody;
pub use settings::ServerSettings;
pub use shared::Shared;
pub use tls::{TlsError, TlsFiles};
