//! Certificates, locks and blobs in memory: for tests.

mod run;

pub use run::run;
