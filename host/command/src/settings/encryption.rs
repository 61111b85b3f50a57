//! Encryption, by the settings.

use super::field::Field;
use super::given::Given;
use super::problem::Problem;
use ossicle::{ClearValues, Encryption, Secret};

/// The encryption that is asked for. A setting of it that would be left unheeded is a problem: nobody who wrote it wants
/// values in clear.
pub fn of(given: &Given) -> Result<Option<Encryption>, Problem> {
    let Some(file) = given.get(Field::KeySetFile) else {
        for field in [Field::KeyEncryptionFile, Field::KeyEncryptionData, Field::ClearValues] {
            if let Some(value) = given.get(field) {
                let hint = "give --key-set FILE, set OSSICLE_KEY_SET_FILE, or write key-set-file below [encryption]";
                let problem = Problem::of(field, "is given, and no key set is");
                return Err(problem.given_by(value.origin.clone()).hint(hint));
            }
        }
        return Ok(None);
    };
    let mut encryption = Encryption::new(Secret::file(&file.text));
    if let Some(value) = given.get(Field::ClearValues) {
        encryption = encryption.clear_values(super::gather::word::<ClearValues>(Field::ClearValues, value)?);
    }
    match (given.get(Field::KeyEncryptionFile), given.get(Field::KeyEncryptionData)) {
        (Some(file), data) => {
            let data = data.map(|value| value.text.clone()).unwrap_or_default();
            encryption = encryption.key_encryption(Secret::file(&file.text), data);
        }
        (None, Some(data)) => {
            let reason = "is given, and no key set to open the encrypted one with";
            return Err(Problem::of(Field::KeyEncryptionData, reason).given_by(data.origin.clone()));
        }
        (None, None) => {}
    }
    Ok(Some(encryption))
}
