//! The id of a request, by which it is found again: in its client's own records, in the server's log, and in the problem it
//! ended with.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Longer ones are no ids: a UUID has 36 characters, and what services make of several is below this.
pub(crate) const LONGEST: usize = 128;

/// What an id looks like, as the document has it.
pub(crate) const PATTERN: &str = r"^[!#-&(-\[\]-~]+$";

/// The id of a request: 1 to 128 visible ASCII characters without quotes and backslashes, so that it can stand as it is in a
/// log, in JSON and between quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

fn is_one(text: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    (1..=LONGEST).contains(&text.len()) && text.iter().all(is_allowed)
}

impl RequestId {
    /// The header by which a client tells an id, and in which every response has it.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// The one that a client tells, where it tells one that can be one, and else a fresh one of these bytes, which nobody draws
    /// again: a request is not refused for its id.
    pub fn of(headers: &HeaderMap, draw: impl FnOnce() -> [u8; 16]) -> Self {
        let mut told = headers.get_all(Self::HEADER).into_iter();
        match (told.next(), told.next()) {
            (Some(id), None) if is_one(id.as_bytes()) => Self(id.clone()),
            _ => Self::drawn(draw()),
        }
    }

    fn drawn(bytes: [u8; 16]) -> Self {
        let digits = format!("{:032x}", u128::from_be_bytes(bytes));
        // Digits can stand in a header.
        Self(HeaderValue::try_from(digits).unwrap_or_else(|_| HeaderValue::from_static("unknown")))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        // It is visible ASCII.
        self.0.to_str().unwrap_or_default()
    }

    /// Has a response tell it.
    pub fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(Self::HEADER, self.0.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: &str = "0000000000000000000000000000002a";

    fn of(told: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for id in told {
            headers.append(RequestId::HEADER, HeaderValue::from_bytes(id).unwrap());
        }
        RequestId::of(&headers, || 42_u128.to_be_bytes()).as_str().to_owned()
    }

    #[test]
    fn id_that_can_be_one_is_taken_and_any_other_replaced() {
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
        assert_eq!(of(&[b"a", b"b"]), DRAWN, "nobody knows which of two is meant");
    }
}
