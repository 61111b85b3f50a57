//! The way out of the sandbox.
//!
//! The component can do nothing to the world but send HTTP requests, and the config that it is given names one bucket at one
//! host. So a request to any other scheme, host or port is refused before anything is looked up, and so is an address that no
//! bucket can have: the metadata service of the machine above all, which would hand out the machine's own credentials.
//! Where the host serves other buckets as well, which the path names, a request is refused whose path is not its own bucket's,
//! and wherever it is, one that copies from another bucket.
//! A config whose credentials come from that service or from STS opens a second destination, to there and to the paths that are
//! asked for. Redirects are not followed, for they would lead elsewhere, and no proxy is asked but one that the operator named.
//!
//! Connections belong to the tenant: one pool and one store of TLS sessions for each, so that nothing that is bound to a
//! connection passes from one tenant to another. The sender that comes with wasmtime opens a connection for each request;
//! here requests in a row share one, and fifty at once need fifty, once.

mod allow_list;
mod bucket;
mod connections;
mod connector;
mod direct;
mod error;
mod frame;
mod hooks;
mod log;
mod permits;
mod problem;
mod proxy;
mod read_ahead;
mod refusal;
mod request_body;
mod resolver;
mod response_body;
mod send;
mod stream;
mod timeouts;
mod tls;
mod tunnel;

pub use direct::PooledClient;
pub use problem::{CertificateProblem, ConnectionCause, ConnectionProblem};
pub use proxy::Proxies;
pub use tls::TrustRoots;
pub use wasmtime_wasi_http::WasiBody;

pub(crate) use allow_list::Destination;
pub(crate) use connections::Connections;
pub(crate) use connector::Connector;
pub(crate) use hooks::Hooks;
pub(crate) use proxy::Proxy;
pub(crate) use resolver::{Bindings, Names, Resolver};
pub(crate) use send::Egress;
pub(crate) use tls::Trust;
