//! From a host to the addresses that may be connected to.

use super::address::Reach;
use super::fault::Fault;
use crate::config::origin::is_localhost;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Names that the operator has bound to addresses himself, as `curl --resolve` does: `host:port`, both as requests have
/// them. Such an address is not checked: whoever binds the name has said where it is.
pub(crate) type Bindings = BTreeMap<(String, u16), SocketAddr>;

/// The addresses of a host, none of which lies beyond `reach`.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    reach: Reach,
    bindings: &Bindings,
) -> Result<Vec<SocketAddr>, Fault> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if let Some(address) = bindings.get(&(host.clone(), port)) {
        return Ok(vec![*address]);
    }
    let found: Vec<SocketAddr> = if let Ok(address) = host.parse::<IpAddr>() {
        vec![SocketAddr::new(address, port)]
    } else if host != "localhost" && is_localhost(&host) {
        // Many resolvers do not know the names below localhost, though RFC 6761 says where they are.
        vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)]
    } else {
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        found.map_err(|error| Fault::Dns(error.to_string()))?.collect()
    };
    if found.is_empty() {
        return Err(Fault::Dns("no address".to_owned()));
    }
    let allowed: Vec<SocketAddr> = found.iter().copied().filter(|found| reach.includes(found.ip())).collect();
    if allowed.is_empty() {
        tracing::warn!(host, addresses = ?found, "connection refused: no bucket has such an address");
        return Err(Fault::Prohibited(found.iter().map(SocketAddr::ip).collect()));
    }
    Ok(allowed)
}
