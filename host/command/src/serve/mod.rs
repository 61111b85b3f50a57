//! `ossicle serve`: certificates, locks and blobs of many tenants over HTTP.

mod arguments;
mod opening;
mod run;
mod systemd;
mod token;
mod trial;

pub use arguments::Serve;
pub use run::run;
