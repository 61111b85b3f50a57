//! Many tenants, by one file.

mod access;
mod error;
mod file;
mod sharing;
mod sizes;

pub use error::ConfigError;
pub use file::{Common, TenantsFile};
pub use sizes::Sizes;
