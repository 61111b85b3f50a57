//! An engine with the hostile component, which all tests share: each is the others' neighbour.

use crate::server::Server;
use ossicle::{Addressing, Certificates, Config, Credentials, Engine, EngineOptions, Error, Limits, Tenant};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The tests' own runtimes end with them, the engine's must not.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(options()));

pub(crate) fn options() -> EngineOptions {
    EngineOptions::new().cache(env!("CARGO_TARGET_TMPDIR")).runtime(RUNTIME.handle().clone())
}

pub(crate) fn engine(options: EngineOptions) -> Engine {
    Engine::with_components([ossicle_fixtures::HOSTILE], options).unwrap()
}

pub(crate) fn shared() -> &'static Engine {
    &ENGINE
}

pub(crate) fn config(bucket: &str, endpoint: &str) -> Config {
    Config::new(bucket, "cn-hangzhou", Credentials::new("id", "very-secret")).endpoint(endpoint.parse().unwrap())
}

/// A bucket that a server is all of, whatever the path.
pub(crate) fn config_of(bucket: &str, server: &Server) -> Config {
    config(bucket, &server.url("")).addressing(Addressing::CustomDomain)
}

/// Half a second for a call, a fifth of it for computing.
pub(crate) fn strict() -> Limits {
    Limits::default().call_timeout(Duration::from_millis(500)).cpu(Duration::from_millis(100))
}

pub(crate) fn tenant(limits: Limits) -> Tenant {
    shared().tenant("test", config("bucket", "http://127.0.0.1:9"), limits).unwrap()
}

/// A tenant whose endpoint is a server.
pub(crate) fn tenant_of(server: &Server, limits: Limits) -> Tenant {
    shared().tenant("test", config_of("bucket", server), limits).unwrap()
}

pub(crate) async fn text(certificates: &Certificates, key: &str) -> Result<String, Error> {
    certificates.load(key).await.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

/// What the hostile component says of `get <url>`.
pub(crate) async fn get(tenant: &Tenant, words: &str) -> String {
    text(&tenant.certificates(), &format!("get {words}")).await.unwrap()
}
