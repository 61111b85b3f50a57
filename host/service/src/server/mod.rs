//! The server: HTTP/1.1 and 2, plain or over TLS.

mod connection;
mod dispatch;
mod health;
mod housekeeping;
mod incoming;
mod listener;
mod metrics;
mod outgoing;
mod pace;
mod paced;
mod page;
mod reply;
mod route;
mod settings;
mod shared;
mod tls;
mod usage;

pub use listener::{Server, StartError};
pub use settings::ServerSettings;
pub use tls::{TlsError, TlsFiles};
