//! What may be known of a key set: all but the keys. Encrypted key sets carry it in clear.

use super::cipher::type_name;
use super::key::{Entry, Named, OutputPrefix, Status};

/// A key, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherKeyInfo {
    /// Its id.
    pub id: u32,
    /// The URL of its type.
    pub type_url: String,
    /// What it may be used for.
    pub status: Status,
    /// What stands before its texts.
    pub prefix: OutputPrefix,
}

impl CipherKeyInfo {
    pub(super) fn of(entry: &Entry) -> Self {
        Self { id: entry.id, type_url: entry.type_url.clone(), status: entry.status, prefix: entry.prefix }
    }

    /// The type for people: `AesGcmKey`.
    pub fn type_name(&self) -> &str {
        type_name(&self.type_url)
    }
}

/// A key set, without the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetInfo {
    /// The primary key's id.
    pub primary: u32,
    /// The keys in the set's order.
    pub keys: Vec<CipherKeyInfo>,
}

impl KeySetInfo {
    /// As the JSON form of an encrypted key set has it.
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
