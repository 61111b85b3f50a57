//! The registry and the API as they are served: over real sockets, with the built component, on the emulator.

mod api_metrics;
mod api_reload;
mod api_spans;
mod api_suites;
mod api_tls;
mod api_tokens;
mod api_world;
mod budget;
mod client;
mod conformance;
mod metrics;
mod page;
mod serving;
mod shutdown;
mod slowness;
mod storage;
mod tenant_access;
mod tenant_limits;
mod tenants;
#[path = "../auth/token_server.rs"]
#[allow(dead_code, reason = "the tests of authentication use the rest")]
mod token_server;
mod transfers;
mod upkeep;
mod world;
