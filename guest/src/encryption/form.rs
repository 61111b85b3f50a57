//! Key sets as bytes: both forms, in clear and encrypted with a key-encryption key.

use zeroize::Zeroizing;

use super::info::KeySetInfo;
use super::keyset::KeySet;
use super::problem::KeySetProblem;
use super::{form_binary, form_json};
use crate::ports::Entropy;

/// The largest key set in bytes; one of ten keys has about 2 KiB.
pub const MAX_KEY_SET: usize = 256 * 1024;

/// How a key set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Protocol buffers' JSON form.
    Json,
    /// Protocol buffers' binary form.
    Binary,
}

impl Form {
    /// No message of a key set begins like JSON: fields that these bytes would announce do not exist.
    fn of(bytes: &[u8]) -> Result<Self, KeySetProblem> {
        if bytes.len() > MAX_KEY_SET {
            return Err(KeySetProblem::new(format!("is larger than {MAX_KEY_SET} bytes")));
        }
        match bytes {
            [] => Err(KeySetProblem::new("is empty")),
            [0xef, 0xbb, 0xbf, ..] => Err(KeySetProblem::new("begins with a byte order mark, which JSON may not")),
            [b'{' | b'[' | b'"' | b' ' | b'\t' | b'\r' | b'\n', ..] => Ok(Self::Json),
            _ => Ok(Self::Binary),
        }
    }
}

/// What an encrypted key set is opened with.
#[derive(Clone, Copy, Debug)]
pub struct KeyEncryption<'a> {
    /// The key set that holds the key-encryption key.
    pub keys: &'a KeySet,
    /// The associated data that the key set was encrypted under; often none.
    pub data: &'a [u8],
}

impl KeySet {
    /// Reads a cleartext key set in either form.
    ///
    /// # Errors
    /// When it can't be read, or not everything in it is known and sound: a member that is not known could be one that
    /// matters.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetProblem> {
        let (primary, keys) = match Form::of(bytes)? {
            Form::Json => form_json::read(bytes)?,
            Form::Binary => form_binary::read(bytes)?,
        };
        Self::new(primary, keys)
    }

    /// Reads an encrypted key set in either form.
    ///
    /// # Errors
    /// As [`KeySet::parse`], and when the key-encryption key or the associated data is another than it was encrypted with.
    pub fn parse_encrypted(bytes: &[u8], encryption: KeyEncryption<'_>) -> Result<Self, KeySetProblem> {
        let (text, _) = match Form::of(bytes)? {
            Form::Json => form_json::read_encrypted(bytes)?,
            Form::Binary => form_binary::read_encrypted(bytes)?,
        };
        let opened = encryption.keys.open(&text, encryption.data).ok_or_else(|| {
            let message = "can't be decrypted: the key-encryption key or the associated data is another than it was \
                           encrypted with, or it was changed";
            KeySetProblem::new(message)
        })?;
        let (primary, keys) = form_binary::read(&opened.value)?;
        Self::new(primary, keys)
    }

    /// Writes the key set in clear. The result is as secret as the keys.
    pub fn write(&self, form: Form) -> Zeroizing<Vec<u8>> {
        let keys = self.keys.iter().map(|key| &key.entry);
        match form {
            Form::Json => {
                let mut text = form_json::write(self.primary_id(), keys);
                Zeroizing::new(std::mem::take(&mut *text).into_bytes())
            }
            Form::Binary => form_binary::write(self.primary_id(), keys),
        }
    }

    /// Writes the key set encrypted.
    ///
    /// # Errors
    /// Never for a set of less than gigabytes.
    pub fn write_encrypted(
        &self,
        form: Form,
        encryption: KeyEncryption<'_>,
        entropy: &impl Entropy,
    ) -> Result<Vec<u8>, KeySetProblem> {
        let clear = self.write(Form::Binary);
        let text = encryption.keys.seal(entropy, &clear, encryption.data);
        let text = text.ok_or_else(|| KeySetProblem::new("is too large to be encrypted"))?;
        Ok(match form {
            Form::Json => form_json::write_encrypted(&text, &self.info()).into_bytes(),
            Form::Binary => form_binary::write_encrypted(&text, &self.info()),
        })
    }
}

impl KeySetInfo {
    /// What a key set in either form, in clear or encrypted, says of its keys. Nothing is decrypted.
    ///
    /// # Errors
    /// When it can't be read, or is encrypted and says nothing.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetProblem> {
        let encrypted = match Form::of(bytes)? {
            Form::Json => form_json::read_encrypted(bytes),
            Form::Binary => form_binary::read_encrypted(bytes),
        };
        match encrypted {
            Ok((_, Some(info))) => Ok(info),
            Ok((_, None)) => Err(KeySetProblem::new("is encrypted and says nothing of its keys")),
            Err(_) => KeySet::parse(bytes).map(|keys| keys.info()),
        }
    }
}
