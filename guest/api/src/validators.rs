//! Validators (ETag and time of the last change), by which clients distinguish the states of a value or file.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

use crate::times;

/// The validators of one state of a value or file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    /// The ETag with its quotes; `None` if there is none.
    pub etag: Option<String>,
    /// The time of the last change, in seconds since 1970.
    pub modified: Option<u64>,
}

/// The ETag of a certificate's value: its SHA-256. OSS's own is that of the encrypted value, which changes whenever the
/// same value is encrypted again.
pub(crate) fn etag_of_value(value: &[u8]) -> String {
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(value)))
}

impl Validators {
    /// Adds the validators to the headers of a response.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        if let Some(etag) = self.etag.as_deref().and_then(|etag| HeaderValue::try_from(etag).ok()) {
            headers.insert(header::ETAG, etag);
        }
        if let Some(modified) = self.modified.and_then(times::http_date) {
            headers.insert(header::LAST_MODIFIED, modified);
        }
    }
}
