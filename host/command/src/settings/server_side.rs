//! How OSS encrypts what is written, of what was given: a word, and the key of the key management service.

use super::problem::Problem;
use ossicle::{Kms, ServerSideEncryption};
use ossicle_terms::{Field, Given, Value};

/// The words for it.
pub const WAYS: [&str; 4] = ["aes256", "sm4", "kms", "kms-sm4"];

/// The words for OSS's storage classes.
pub const CLASSES: [&str; 5] = ["standard", "infrequent-access", "archive", "cold-archive", "deep-cold-archive"];

/// What the field `way` says, with the key that the field `key` names.
pub fn read(given: &Given, way: Field, key: Field) -> Result<Option<ServerSideEncryption>, Problem> {
    let id = given.get(key);
    let encryption = match given.get(way) {
        None => None,
        Some(value) => {
            let mut kms = Kms::new();
            kms.key_id = id.map(|id| id.text.clone());
            Some(match value.text.as_str() {
                "aes256" => ServerSideEncryption::Aes256,
                "sm4" => ServerSideEncryption::Sm4,
                "kms" => ServerSideEncryption::Kms(kms),
                "kms-sm4" => {
                    kms.sm4 = true;
                    ServerSideEncryption::Kms(kms)
                }
                _ => return Err(refused(way, value, "must be aes256, sm4, kms or kms-sm4")),
            })
        }
    };
    match id {
        Some(id) if !matches!(encryption, Some(ServerSideEncryption::Kms(_))) => {
            Err(refused(key, id, "is of use with the encryption kms or kms-sm4 alone"))
        }
        _ => Ok(encryption),
    }
}

fn refused(field: Field, value: &Value, reason: &str) -> Problem {
    Problem::of(field, reason).given_by(value.origin.clone())
}
