//! The host against components that misbehave and servers that do.

mod bounds;
mod bucket;
mod buckets;
mod calls;
mod certificate_authority;
mod component;
mod egress;
mod futures;
mod hostile;
mod instances;
mod isolation;
mod lifecycle;
mod locks;
mod metrics;
mod neighbours;
mod proxy;
mod secrets;
mod server;
mod spans;
mod streams;
mod support;
mod tenants;
mod tls;
