//! HTTP: connections, the bodies that come in and go out, and one exchange after another.

mod admin;
mod connection;
mod exchange;
mod inbound;
mod listener;
mod outbound;
mod side;
mod wire;

pub(crate) use admin::respond as respond_admin;
pub(crate) use connection::Role;
#[cfg(any(test, fuzzing))]
pub(crate) use connection::serve;
pub(crate) use exchange::verify_form;
pub(crate) use inbound::{Gather, Inbound, Stopped};
pub(crate) use listener::{Listener, Lives};
