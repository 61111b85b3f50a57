//! What a service manager gives and hears: a socket that listens already, and how the service is.

use crate::settings::Problem;
use std::net::TcpListener;

/// The socket that the service manager listens on, if it started this process for one.
#[cfg(unix)]
pub fn socket() -> Result<Option<TcpListener>, Problem> {
    let mut given = listenfd::ListenFd::from_env();
    if given.len() > 1 {
        return Err(Problem::new(format!("the service manager gives {} sockets, and one is served", given.len())));
    }
    if given.len() == 0 {
        return Ok(None);
    }
    let refused = |error| Problem::new(format!("the socket of the service manager can't be used: {error}"));
    given.take_tcp_listener(0).map_err(refused)
}

/// There is no such service manager.
#[cfg(not(unix))]
pub fn socket() -> Result<Option<TcpListener>, Problem> {
    Ok(None)
}

/// How the service is.
#[derive(Debug)]
pub enum State<'a> {
    /// It serves, and this may be said of it.
    Ready(Option<&'a str>),
    /// The config is being read again.
    Reloading,
    /// It takes no more connections.
    Stopping,
}

/// Says how the service is. Does nothing where nobody wants to hear it.
pub fn notify(state: &State<'_>) {
    if let Err(error) = send(state) {
        tracing::warn!(%error, ?state, "the service manager does not hear how the service is");
    }
}

#[cfg(unix)]
fn send(state: &State<'_>) -> std::io::Result<()> {
    use sd_notify::{NotifyState, notify};
    match state {
        State::Ready(None) => notify(&[NotifyState::Ready]),
        State::Ready(Some(status)) => notify(&[NotifyState::Ready, NotifyState::Status(status)]),
        // It wants to know when that began.
        State::Reloading => notify(&[NotifyState::Reloading, NotifyState::monotonic_usec_now()?]),
        State::Stopping => notify(&[NotifyState::Stopping]),
    }
}

#[cfg(not(unix))]
fn send(_: &State<'_>) -> std::io::Result<()> {
    Ok(())
}
