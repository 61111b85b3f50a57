//! Behaviour suites: those of certificates are written once against [`crate::CertStorage`] and run over every flavour, those
//! of blobs run over every way to open a driver.

pub mod blobs;
pub mod callers;
pub mod contract;
pub mod creating;
pub mod gaps;
pub mod locks;
pub mod requests;
