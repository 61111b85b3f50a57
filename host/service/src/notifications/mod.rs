//! Notifications of what clients do to content, as webhooks in distribution's format.
//!
//! A [`Notifier`] is made once, from settings that have the names of distribution's `notifications`; a registry's responses
//! tell it by their [`Event`](ossicle_registry::Event). It never delays a client: each endpoint has a queue of its own in
//! memory, and what does not fit into a full one is dropped, counted and logged.

mod counters;
mod endpoint;
mod error;
mod notifier;
mod record;
mod request;
mod sender;
mod settings;
#[cfg(test)]
pub(crate) mod test_server;

pub use counters::EndpointCounts;
pub use error::NotificationError;
pub use notifier::Notifier;
pub use request::NotifiedRequest;
pub use settings::{EndpointSettings, NotificationSettings};
