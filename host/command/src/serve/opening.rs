//! The server: where it listens, over what, and which tenants it serves.

use super::arguments::Serve;
use super::systemd;
use super::trial::Trial;
use crate::component::Component;
use crate::error::CommandError;
use crate::session::engine;
use crate::settings::{Problem, warn_if_open};
use ossicle::EngineOptions;
use ossicle_service::access_log::{AccessLog, AccessLogSettings, LogTarget};
use ossicle_service::{ApiServer, ConfigSource, Listening, LiveTenants, ServeConfigError, Server, ServerSettings};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8700);

/// What is served.
pub struct Opened {
    pub server: Server<ApiServer>,
    pub tenants: LiveTenants,
    /// How long requests may take to end once the server is told to stop.
    pub shutdown_timeout: Duration,
    /// The tenant to try it with, if there is no config.
    pub trial: Option<Trial>,
}

/// Opens it.
pub async fn open(serve: &Serve) -> Result<Opened, CommandError> {
    let (source, trial) = match &serve.config {
        Some(path) => {
            warn_if_open(path);
            (ConfigSource::File(path.clone()), None)
        }
        None => {
            let trial = Trial::start().await?;
            (ConfigSource::Text(trial.config()), Some(trial))
        }
    };
    // Many tenants at once: with a pool, idle ones are evicted when there are more of them than it has slots.
    let limits = source.read().map_err(|error| refused(serve, &error))?.engine().clone();
    let engine = engine::start_with(&Component::STORAGES, EngineOptions::new().limits(limits)).await?.engine;
    let tenants = LiveTenants::open(source, engine).await.map_err(|error| refused(serve, &error))?;
    let file = tenants.file();
    let mut settings = ServerSettings::default();
    if let Some(limit) = file.shutdown_timeout() {
        settings.shutdown_timeout = limit;
    }
    if let Some(path) = &serve.access_log {
        let wanted = AccessLogSettings { target: LogTarget::File(path.clone()), ..AccessLogSettings::default() };
        settings.observers.log = Some(AccessLog::open(wanted).map_err(|error| Problem::new(error.to_string()))?);
    }
    let listening = match systemd::socket()? {
        Some(_) if serve.listen.is_some() => {
            let reason = "--listen is of no use: the service manager gave a socket, which listens already";
            return Err(Problem::new(reason).hint("the address of that socket stands in its socket unit").into());
        }
        Some(socket) => Listening::Socket(socket),
        None => Listening::Address(serve.listen.or(file.listen()).unwrap_or(LISTEN)),
    };
    let tls = file.tls();
    if tls.is_none() && !serve.insecure_http && !file.is_insecure_http() {
        refuse_plain_http(&listening)?;
    }
    let shutdown_timeout = settings.shutdown_timeout;
    let server = Server::bind(listening, tls, ApiServer::new(tenants.clone()), settings).await?;
    Ok(Opened { server, tenants, shutdown_timeout, trial })
}

fn refused(serve: &Serve, error: &ServeConfigError) -> Problem {
    let of = serve.config.as_ref().map(|path| format!(" of {}", path.display())).unwrap_or_default();
    Problem::new(format!("the tenants{of}: {error}"))
}

/// Refuses to listen beyond this machine without TLS.
fn refuse_plain_http(listening: &Listening) -> Result<(), Problem> {
    let address = match listening {
        Listening::Address(address) => *address,
        Listening::Socket(socket) => {
            let unknown = |error| Problem::new(format!("the socket of the service manager can't be used: {error}"));
            socket.local_addr().map_err(unknown)?
        }
    };
    if address.ip().to_canonical().is_loopback() {
        return Ok(());
    }
    let reason = format!("everybody between {address} and its clients could read their tokens: it would be plain HTTP");
    Err(Problem::new(reason)
        .hint("a certificate: [tls] certificate = \"FILE\" and key = \"FILE\" in the config")
        .hint("behind a proxy that adds TLS: --insecure-http"))
}
