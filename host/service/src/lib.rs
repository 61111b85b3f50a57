//! What Ossicle serves over HTTP: a container registry, whose core is `ossicle-registry`, over the storage driver that the
//! library `ossicle` runs.

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

pub mod access_log;
pub mod auth;
mod config;
mod environment;
pub mod notifications;
mod ports;
mod room;
mod server;
mod storage;
mod tenant;
mod ui;
mod upkeep;

pub use config::{Common, ConfigError, Sizes, TenantsFile};
pub use environment::Environment;
pub use ports::TenantPorts;
pub use server::{Server, ServerSettings, StartError, TlsError, TlsFiles};
pub use storage::{Driver, StoredContent, StoredWriter};
pub use tenant::{Reach, Tenant, TenantSettings, Tenants};
pub use upkeep::{Collecting, IntervalTooShort, Purging};

/// The registry's core.
pub use ossicle_registry as registry;
