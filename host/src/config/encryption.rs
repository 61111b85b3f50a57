use super::secret::Secret;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::PathBuf;

/// What to do with a value that no key sealed, while a storage moves from clear to encrypted. Nothing is ever written in
/// clear, and what is marked as sealed is never taken for a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClearValues {
    /// It is corrupt.
    #[default]
    Refused,
    /// It is taken when it is text (PEM, JSON) or DER.
    Recognised,
    /// It is taken whatever it is. Only for a bucket that no other program ever wrote encrypted values to with a RAW key.
    All,
}

/// Client-side encryption of certificate values, which Google's Tink can read. Keys never show in `Debug` output.
///
/// In a file it is a table. The files that it names are read whenever an instance of the component starts:
///
/// ```
/// let config: ossicle::Config = toml::from_str(r#"
///     bucket = "certificates"
///     region = "cn-hangzhou"
///     [credentials]
///     access-key-id = "LTAI-id"
///     access-key-secret = "secret"
///     [encryption]
///     key-set-file = "/etc/ossicle/keys.json"     # or the key set itself, key-set
///     clear-values = "recognised"     # while the storage moves; then remove the line
/// "#).unwrap();
/// assert!(config.encryption.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
#[non_exhaustive]
pub struct Encryption {
    /// Tink's key set, JSON or binary.
    pub key_set: Secret,
    /// The key-encryption key, where the key set is encrypted.
    pub key_encryption: Option<KeyEncryption>,
    /// What to do with values that are not sealed. Default: they are corrupt.
    pub clear_values: ClearValues,
}

/// The key-encryption key of an encrypted key set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyEncryption {
    /// The cleartext key set that holds it, JSON or binary.
    pub key_set: Secret,
    /// The associated data that the key set was encrypted under.
    pub associated_data: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    key_set: Option<SecretString>,
    key_set_file: Option<PathBuf>,
    key_encryption_key_set: Option<SecretString>,
    key_encryption_key_set_file: Option<PathBuf>,
    key_encryption_associated_data: Option<String>,
    #[serde(default)]
    clear_values: ClearValues,
}

impl Encryption {
    /// With a key set in clear.
    pub fn new(key_set: impl Into<Secret>) -> Self {
        Self { key_set: key_set.into(), key_encryption: None, clear_values: ClearValues::default() }
    }

    /// With a key set that is encrypted by the primary key of another, under associated data, of which there is often
    /// none.
    pub fn key_encryption(mut self, key_set: impl Into<Secret>, associated_data: impl Into<Vec<u8>>) -> Self {
        let key_encryption = KeyEncryption { key_set: key_set.into(), associated_data: associated_data.into() };
        self.key_encryption = Some(key_encryption);
        self
    }

    /// Whether it names a file, which an instance reads when it starts.
    pub(crate) fn names_a_file(&self) -> bool {
        let key_encryption = self.key_encryption.as_ref().map(|key_encryption| &key_encryption.key_set);
        std::iter::once(&self.key_set).chain(key_encryption).any(|secret| secret.path().is_some())
    }

    /// What to do with values that are not sealed.
    pub fn clear_values(mut self, clear_values: ClearValues) -> Self {
        self.clear_values = clear_values;
        self
    }
}

impl TryFrom<Written> for Encryption {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let key_set = secret(written.key_set, written.key_set_file, "key-set and key-set-file are both given")?;
        let key_set = key_set.ok_or("missing field `key-set-file`, or `key-set`")?;
        let twice = "key-encryption-key-set and key-encryption-key-set-file are both given";
        let key_encryption = secret(written.key_encryption_key_set, written.key_encryption_key_set_file, twice)?;
        let encryption = Self::new(key_set).clear_values(written.clear_values);
        match (key_encryption, written.key_encryption_associated_data) {
            (None, None) => Ok(encryption),
            (Some(key_set), data) => Ok(encryption.key_encryption(key_set, data.unwrap_or_default())),
            (None, Some(_)) => Err("key-encryption-associated-data needs key-encryption-key-set-file"),
        }
    }
}

/// A secret that is given as it is, or by the file that it is in.
fn secret(
    itself: Option<SecretString>,
    file: Option<PathBuf>,
    twice: &'static str,
) -> Result<Option<Secret>, &'static str> {
    match (itself, file) {
        (Some(_), Some(_)) => Err(twice),
        (Some(text), None) => Ok(Some(text.expose_secret().into())),
        (None, Some(file)) => Ok(Some(Secret::file(file))),
        (None, None) => Ok(None),
    }
}
