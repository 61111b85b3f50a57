//! Where an ACME client keeps certificates, keys and accounts: certmagic's storage contract over OSS.
//!
//! A file is an object. A directory is what longer names imply, and an object whose name ends in `/` (consoles make
//! those) is an empty one, so that what `exists` and `stat` say, what `list` shows and what `delete` removes agree.

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
