//! Behaviour suites: each is written once against [`crate::CertStorage`] and run over every flavour.

pub mod callers;
pub mod contract;
pub mod gaps;
pub mod locks;
pub mod requests;
