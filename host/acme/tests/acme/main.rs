//! The storages of ACME clients over the built component and an emulator of OSS: what the crates expect of them.

mod certmagic_certificates;
mod certmagic_locks;
mod certmagic_storage;
mod ground;
mod relay;
mod rustls_acme_cache;
