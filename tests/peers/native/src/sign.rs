//! Signature V4 in its smallest form: in a header, of nothing but what OSS asks for, without the payload.

use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use ossicle_peers::Job;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

pub const PAYLOAD: &str = "UNSIGNED-PAYLOAD";

const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// An object's path, encoded.
pub fn path(name: &str) -> String {
    format!("/{}", utf8_percent_encode(name, PATH))
}

/// A query in the order of its names, encoded. One without a value stands alone.
pub fn query(parameters: &[(&str, &str)]) -> String {
    let encoded = |text| utf8_percent_encode(text, QUERY);
    let mut pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| match *value {
            "" => encoded(name).to_string(),
            value => format!("{}={}", encoded(name), encoded(value)),
        })
        .collect();
    pairs.sort_unstable();
    pairs.join("&")
}

pub struct Signer {
    bucket: String,
    region: String,
    id: String,
    secret: String,
    /// A day, and its key.
    key: Mutex<(String, [u8; 32])>,
}

impl Signer {
    pub fn new(job: &Job) -> Self {
        Self {
            bucket: job.bucket.clone(),
            region: job.region.clone(),
            id: job.access_key_id.clone(),
            secret: job.access_key_secret.clone(),
            key: Mutex::default(),
        }
    }

    /// The values of `x-oss-date` and `authorization`.
    pub fn sign(&self, method: &str, path: &str, query: &str) -> (String, String) {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        let date = OffsetDateTime::now_utc().format(&format).unwrap_or_default();
        let day = &date[..8];
        let request = format!(
            "{method}\n/{}{path}\n{query}\nx-oss-content-sha256:{PAYLOAD}\nx-oss-date:{date}\n\n\n{PAYLOAD}",
            self.bucket
        );
        let scope = format!("{day}/{}/oss/aliyun_v4_request", self.region);
        let text = format!("OSS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let signature = hex(&mac(&self.key_of(day), &text));
        let authorization = format!("OSS4-HMAC-SHA256 Credential={}/{scope},Signature={signature}", self.id);
        (date, authorization)
    }

    fn key_of(&self, day: &str) -> [u8; 32] {
        let mut known = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != day {
            let first = mac(format!("aliyun_v4{}", self.secret).as_bytes(), day);
            let key =
                [self.region.as_str(), "oss", "aliyun_v4_request"].iter().fold(first, |key, step| mac(&key, step));
            *known = (day.to_owned(), key);
        }
        known.1
    }
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
