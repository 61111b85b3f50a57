//! Encryption, by the settings.

use super::problem::Problem;
use ossicle::{ClearValues, Encryption, Secret};
use ossicle_terms::{Field, Given};

/// The encryption that is asked for. A setting of it that would be left unheeded is a problem: nobody who wrote it wants
/// values in clear.
pub fn of(given: &Given) -> Result<Option<Encryption>, Problem> {
    let key_encryption = secret(given, Field::KeyEncryption, Field::KeyEncryptionFile)?;
    let Some(key_set) = secret(given, Field::KeySet, Field::KeySetFile)? else {
        for field in [Field::KeyEncryption, Field::KeyEncryptionFile, Field::KeyEncryptionData, Field::ClearValues] {
            if let Some(value) = given.get(field) {
                let hint = "give --key-set FILE, set OSSICLE_KEY_SET_FILE, or write key-set-file below [encryption]";
                let problem = Problem::of(field, "is given, and no key set is");
                return Err(problem.given_by(value.origin.clone()).hint(hint));
            }
        }
        return Ok(None);
    };
    let mut encryption = Encryption::new(key_set);
    if let Some(value) = given.get(Field::ClearValues) {
        encryption = encryption.clear_values(super::reading::word::<ClearValues>(Field::ClearValues, value)?);
    }
    match (key_encryption, given.get(Field::KeyEncryptionData)) {
        (Some(key_set), data) => {
            let data = data.map(|value| value.text.clone()).unwrap_or_default();
            encryption = encryption.key_encryption(key_set, data);
        }
        (None, Some(data)) => {
            let reason = "is given, and no key set to open the encrypted one with";
            return Err(Problem::of(Field::KeyEncryptionData, reason).given_by(data.origin.clone()));
        }
        (None, None) => {}
    }
    Ok(Some(encryption))
}

/// A key set that is given as it is, or by the file that it is in.
fn secret(given: &Given, itself: Field, file: Field) -> Result<Option<Secret>, Problem> {
    match (given.get(itself), given.get(file)) {
        (Some(_), Some(value)) => {
            let reason = format!("is given, and so is {}: which of them counts?", itself.name());
            Err(Problem::of(file, reason).given_by(value.origin.clone()))
        }
        (Some(value), None) => Ok(Some(value.text.as_str().into())),
        (None, Some(value)) => Ok(Some(Secret::file(&value.text))),
        (None, None) => Ok(None),
    }
}
