//! What answers the requests of a server.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tokio::task::JoinSet;

use super::client_certificate::ClientCertificate;
use super::exchange::Exchange;
use super::outgoing::OutgoingBody;
use super::shared::Shared;

/// Who is at the other end of a connection, and by which scheme.
#[derive(Clone, Debug)]
pub struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) scheme: &'static str,
    /// The certificate that a client showed, which leads to an authority that the server asks for.
    pub(crate) certificate: Option<Arc<ClientCertificate>>,
}

/// What answers the requests of a server.
pub trait Application: Send + Sync + Sized + 'static {
    /// The bodies of responses that come in pieces.
    type Content: Body<Data = Bytes, Error: Error + Send + Sync + 'static> + Unpin + Send + 'static;

    /// The kind of thing that a request is about, as metrics have it: never a name that clients choose.
    fn route(method: &Method, path: &str) -> &'static str;

    /// Answers a request.
    fn answer(
        shared: Arc<Shared<Self>>,
        peer: Peer,
        request: Request<Incoming>,
        exchange: Exchange,
    ) -> impl Future<Output = Response<OutgoingBody<Self::Content>>> + Send;

    /// Starts what is done beside the requests, until the last of them has ended.
    fn begin(shared: &Arc<Shared<Self>>, chores: &mut JoinSet<()>);

    /// Ends in good order, within this time, after the last request.
    fn end(&self, limit: Duration) -> impl Future<Output = ()> + Send;
}
