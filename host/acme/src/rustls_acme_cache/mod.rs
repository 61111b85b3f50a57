//! rustls-acme's certificate and account, in a tenant's certificate storage, and one order for a fleet.

mod cache;
mod keep;
mod names;
mod order;
mod resolver;

pub use cache::{CacheError, RustlsAcmeCache};
pub use keep::keep;
pub use resolver::AcmeResolver;
