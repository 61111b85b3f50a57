//! Converts the encryption options of the WIT package.

use super::bindings::exports::ossicle::storage::cert_storage as wit;
use crate::cert;
use crate::encryption::{self, ClearValues, EncryptionOptions, KeyEncryptionOptions};

impl From<wit::Encryption> for EncryptionOptions {
    fn from(given: wit::Encryption) -> Self {
        Self {
            key_set: given.key_set.into(),
            key_encryption: given.key_encryption.map(|given| KeyEncryptionOptions {
                key_set: given.key_set.into(),
                associated_data: given.associated_data.unwrap_or_default(),
            }),
            clear_values: given.clear_values.map_or(ClearValues::default(), |given| match given {
                wit::ClearValues::Refused => ClearValues::Refused,
                wit::ClearValues::Recognised => ClearValues::Recognised,
                wit::ClearValues::All => ClearValues::All,
            }),
        }
    }
}

impl From<encryption::Protection> for wit::Protection {
    fn from(protection: encryption::Protection) -> Self {
        match protection {
            encryption::Protection::Clear => Self::Clear,
            encryption::Protection::Sealed { key_id, by_primary } => Self::Sealed(wit::SealedBy { key_id, by_primary }),
        }
    }
}

impl From<cert::Value> for wit::StoredValue {
    fn from(value: cert::Value) -> Self {
        Self { value: value.bytes.into(), protection: value.protection.into() }
    }
}

impl From<cert::Reencrypted> for wit::Reencrypted {
    fn from(outcome: cert::Reencrypted) -> Self {
        match outcome {
            cert::Reencrypted::Absent => Self::Absent,
            cert::Reencrypted::Current => Self::Current,
            cert::Reencrypted::Foreign => Self::Foreign,
            cert::Reencrypted::Rewritten(before) => Self::Rewritten(before.into()),
        }
    }
}
