//! Stores the certificates, keys and accounts of an ACME client: certmagic's storage contract over OSS.
//!
//! A file is an object. A directory exists because longer names begin with its path, and an object whose name ends in
//! `/` (as consoles make them) is an empty directory. `exists`, `stat`, `list` and `delete` all follow these rules, so
//! they agree.

mod create;
mod delete;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod list;
mod options;
mod reencrypt;
mod storage;
mod together;
mod tree;
mod under_lease;
mod value;

#[cfg(test)]
mod encryption_tests;

pub use options::CertOptions;
pub use reencrypt::Reencrypted;
pub use storage::{KeyInfo, MAX_VALUE, Storage};
pub use together::MAX_TOGETHER;
#[cfg(feature = "lock-mutants")]
pub use together::SetRule;
pub use tree::{KeyEntry, KeyListing, ListedValue};
pub use value::Value;
