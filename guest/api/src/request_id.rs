//! The id of a request, by which the request can be found in the client's own records, in the server's log, and in the
//! problem with which it failed.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The maximum length of an id: a UUID has 36 characters, and ids that services combine from several are shorter than
/// this.
pub(crate) const LONGEST: usize = 128;

/// The pattern of an id in the OpenAPI document.
pub(crate) const PATTERN: &str = r"^[!#-&(-\[\]-~]+$";

/// The id of a request: 1 to 128 visible ASCII characters without quotes and backslashes, so that it can be written
/// without escapes in a log, in JSON and between quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

fn is_valid(text: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    (1..=LONGEST).contains(&text.len()) && text.iter().all(is_allowed)
}

impl RequestId {
    /// The header with which a client can state an id, and which every response has.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// Returns the id that the client stated, if it is valid, and otherwise one of these bytes, which must be random so
    /// that they are not used twice. A request is never rejected because of its id.
    pub fn of(headers: &HeaderMap, draw: impl FnOnce() -> [u8; 16]) -> Self {
        let mut stated = headers.get_all(Self::HEADER).into_iter();
        match (stated.next(), stated.next()) {
            (Some(id), None) if is_valid(id.as_bytes()) => Self(id.clone()),
            _ => Self::drawn(draw()),
        }
    }

    fn drawn(bytes: [u8; 16]) -> Self {
        let digits = format!("{:032x}", u128::from_be_bytes(bytes));
        // Digits are valid in a header.
        Self(HeaderValue::try_from(digits).unwrap_or_else(|_| HeaderValue::from_static("unknown")))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        // The id is visible ASCII.
        self.0.to_str().unwrap_or_default()
    }

    /// Adds the id to the headers of a response.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(Self::HEADER, self.0.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: &str = "0000000000000000000000000000002a";

    fn of(stated: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for id in stated {
            headers.append(RequestId::HEADER, HeaderValue::from_bytes(id).unwrap());
        }
        RequestId::of(&headers, || 42_u128.to_be_bytes()).as_str().to_owned()
    }

    #[test]
    fn valid_id_is_used_and_any_other_replaced() {
        let longest = "x".repeat(LONGEST);
        for id in ["a", "0b9d8e9e-6cb0-4c1c", "Root=1-67891233-abc;Self=1/2", "!~#{}", &longest] {
            assert_eq!(of(&[id.as_bytes()]), id);
        }
        let too_long = "x".repeat(LONGEST + 1);
        for id in ["", " ", "a b", "a\tb", "a\"b", "a'b", "a\\b", &too_long] {
            assert_eq!(of(&[id.as_bytes()]), DRAWN, "{id}");
        }
        assert_eq!(of(&["ä".as_bytes()]), DRAWN);
        assert_eq!(of(&[]), DRAWN);
        assert_eq!(of(&[b"a", b"b"]), DRAWN, "it is unknown which of two is meant");
    }
}
