//! How OSS encrypts what is written, of what was given: a word, and the key of the key management service.

use super::problem::Problem;
use super::reading;
use ossicle_terms::{Field, Given};
use serde::de::DeserializeOwned;

/// The words for it.
pub const WAYS: [&str; 4] = ["aes256", "sm4", "kms", "kms-sm4"];

/// The words for OSS's storage classes.
pub const CLASSES: [&str; 5] = ["standard", "infrequent-access", "archive", "cold-archive", "deep-cold-archive"];

/// Options of which only the way is given, and the key where there is one.
pub fn read<T: DeserializeOwned>(given: &Given, way: Field, key: Field) -> Result<Option<T>, Problem> {
    // What is wrong with the way alone is none of the key's.
    let by_way = reading::options(given, &[way])?;
    match given.get(key) {
        Some(_) => reading::options(given, &[way, key]),
        None => Ok(by_way),
    }
}
