//! The request that a notification is about.

use std::net::SocketAddr;

use http::Method;

/// What a notification says of the request that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifiedRequest {
    /// The request's id, as the response's `X-Request-Id` has it.
    pub id: String,
    /// The client's address.
    pub client: SocketAddr,
    /// The method.
    pub method: Method,
    /// `http` or `https`, by which the client reached the registry.
    pub scheme: &'static str,
    /// The host that the client asked.
    pub host: Option<String>,
    /// The program that the client says it is.
    pub user_agent: Option<String>,
}
