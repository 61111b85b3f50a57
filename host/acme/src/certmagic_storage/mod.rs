//! The crate certmagic's storage and locks, over those of a tenant.

mod certificate;
mod failure;
mod issuer;
mod keys;
mod locker;
mod storage;
mod tenure;

pub use issuer::issuer_key;
pub use storage::CertmagicStorage;
