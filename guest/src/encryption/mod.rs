//! Client-side encryption that Tink can read: key sets in Tink's forms, and values sealed with their keys.
//!
//! The threat is whoever reads or writes the bucket without holding the keys: they learn the length of a value and its key,
//! and nothing they change, swap or cut short is taken for a value. The policy is Tink's: what the Go modules sealed opens
//! here, and the other way round. Keys are wiped from memory when dropped, and neither `Debug` nor any error shows one.

mod cipher;
mod ctr_hmac;
mod form;
mod form_binary;
mod form_json;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod info;
mod key;
mod keyset;
mod nonced;
mod options;
mod problem;
mod rotation;
mod template;
mod value;
mod wire;

pub use form::{Form, KeyEncryption, MAX_KEY_SET};
pub use info::{CipherKeyInfo, KeySetInfo};
pub use key::{OutputPrefix, Status};
pub use keyset::{KeySet, Opened};
pub use options::{ClearValues, EncryptionOptions, KeyEncryptionOptions};
pub use problem::KeySetProblem;
pub use template::Template;
pub use value::{Encryption, Protection};
pub(crate) use value::{MAX_OVERHEAD, is_plausible};
