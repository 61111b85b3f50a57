//! Client-side encryption that is compatible with Tink: key sets in Tink's formats, and values encrypted with their
//! keys.
//!
//! The threat is someone who reads or writes the bucket without having the keys. They learn the length of a value and
//! its key, and nothing that they change, swap or truncate is accepted as a value. The policy is Tink's: values that
//! the Go modules encrypted can be decrypted here, and the other way round. Keys are wiped from memory when dropped,
//! and neither `Debug` nor any error shows one.

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
