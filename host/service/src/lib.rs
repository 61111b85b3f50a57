//! What Ossicle serves over HTTP: a container registry, whose core is `ossicle-registry`, over the storage driver that the
//! library `ossicle` runs.

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

pub mod access_log;
mod api;
mod api_ports;
pub mod auth;
mod config;
mod distribution;
mod engine_metrics;
mod environment;
mod health;
pub mod notifications;
mod ports;
mod prometheus;
mod room;
mod server;
mod storage;
mod tenancy;
mod tenant;
mod tenant_metrics;
mod toml_problem;
mod ui;
mod upkeep;
mod watched;

pub use api::ApiServer;
pub use config::{Common, ConfigError, Sizes, TenantsFile};
pub use distribution::Registries;
pub use environment::Environment;
pub use ports::TenantPorts;
pub use server::{Application, Listening, Server, ServerSettings, StartError, TlsError, TlsFiles};
pub use storage::{Driver, StoredContent, StoredWriter};
pub use tenancy::{ConfigSource, LiveTenants, NewToken, ServeConfigError, ServeFile};
pub use tenant::{Reach, Tenant, TenantSettings, Tenants};
pub use upkeep::{Collecting, IntervalTooShort, Purging};

/// The registry's core.
pub use ossicle_registry as registry;

pub use bytes::Bytes;
pub use http::{HeaderMap, Method, Request, Response};
pub use http_body::Body;
pub use hyper::body::Incoming;
pub use tokio::task::JoinSet;
pub use zeroize::Zeroizing;
// Which run and serve the tenants, and whose errors are in those here.
pub use {getrandom, ossicle, ossicle_api, rustls};
