//! The public part of a key set: everything but the keys. Encrypted key sets contain it in clear.

use super::cipher::type_name;
use super::key::{Entry, Named, OutputPrefix, Status};

/// The public part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherKeyInfo {
    /// Its id.
    pub id: u32,
    /// The URL of the key's type.
    pub type_url: String,
    /// The key's status.
    pub status: Status,
    /// The prefix of its ciphertexts.
    pub prefix: OutputPrefix,
}

impl CipherKeyInfo {
    pub(super) fn of(entry: &Entry) -> Self {
        Self { id: entry.id, type_url: entry.type_url.clone(), status: entry.status, prefix: entry.prefix }
    }

    /// The short name of the type: `AesGcmKey`.
    pub fn type_name(&self) -> &str {
        type_name(&self.type_url)
    }
}

/// The public part of a key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetInfo {
    /// The primary key's id.
    pub primary: u32,
    /// The keys in the set's order.
    pub keys: Vec<CipherKeyInfo>,
}

impl KeySetInfo {
    /// The JSON format that encrypted key sets contain.
    pub fn to_json(&self) -> String {
        let mut out = format!("{{\"primaryKeyId\":{},\"keyInfo\":[", self.primary);
        for (at, key) in self.keys.iter().enumerate() {
            out.push_str(if at == 0 { "{\"typeUrl\":" } else { ",{\"typeUrl\":" });
            crate::json::write_text(&key.type_url, &mut out);
            out.extend([",\"status\":\"", key.status.name().unwrap_or_default()]);
            out.push_str(&format!("\",\"keyId\":{},\"outputPrefixType\":\"", key.id));
            out.extend([key.prefix.name().unwrap_or_default(), "\"}"]);
        }
        out.push_str("]}");
        out
    }
}
