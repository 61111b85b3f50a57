//! The host against components that misbehave and servers that do.

mod bucket;
mod calls;
mod certificate_authority;
mod component;
mod egress;
mod hostile;
mod instances;
mod lifecycle;
mod proxy;
mod secrets;
mod server;
mod streams;
mod support;
mod tenants;
mod tls;
