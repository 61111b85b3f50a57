//! Serialised key sets: both formats, in clear and encrypted with a key-encryption key.

use zeroize::Zeroizing;

use super::info::KeySetInfo;
use super::keyset::KeySet;
use super::problem::KeySetProblem;
use super::{form_binary, form_json};
use crate::ports::Entropy;

/// The largest key set in bytes; one with ten keys has about 2 KiB.
pub const MAX_KEY_SET: usize = 256 * 1024;

/// The serialisation format of a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Protocol buffers' JSON format.
    Json,
    /// Protocol buffers' binary format.
    Binary,
}

impl Form {
    /// Recognises the format: no binary message of a key set begins like JSON, because the fields that these bytes
    /// would stand for do not exist.
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

/// The parameters for decrypting an encrypted key set.
#[derive(Clone, Copy, Debug)]
pub struct KeyEncryption<'a> {
    /// The key set with the key-encryption key.
    pub keys: &'a KeySet,
    /// The associated data that the key set was encrypted under; often none.
    pub data: &'a [u8],
}

impl KeySet {
    /// Parses a cleartext key set in either format.
    ///
    /// # Errors
    /// When it can't be read, or contains anything unknown or invalid: an unknown member could be an important one.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetProblem> {
        let (primary, keys) = match Form::of(bytes)? {
            Form::Json => form_json::read(bytes)?,
            Form::Binary => form_binary::read(bytes)?,
        };
        Self::new(primary, keys)
    }

    /// Parses and decrypts an encrypted key set in either format.
    ///
    /// # Errors
    /// As [`KeySet::parse`], and if the key-encryption key or the associated data differs from that of the encryption.
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
    /// Only for a set of gigabytes.
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
    /// Reads the public part of a key set in either format, in clear or encrypted. Nothing is decrypted.
    ///
    /// # Errors
    /// When it can't be read, or is encrypted and contains no public part.
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
