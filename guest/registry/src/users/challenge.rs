//! The challenge for a user and a password.

use http::HeaderValue;

/// What a client shows when it asks for a password, unless something else is set.
pub const USUAL_REALM: &str = "Registry Realm";

/// Text that can't stand in quotes in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this must be of ASCII characters, without quotes and backslashes, and not empty")]
pub struct NotQuotable;

/// The value of `WWW-Authenticate` that asks for a user and a password.
///
/// # Errors
/// If the realm can't stand in quotes.
pub fn challenge(realm: &str) -> Result<HeaderValue, NotQuotable> {
    HeaderValue::from_str(&format!("Basic realm={}", quoted(realm)?)).map_err(|_| NotQuotable)
}

/// A quoted string. Text that would need an escape is refused: not every client knows escapes.
///
/// # Errors
/// If the text would need one, or is empty.
pub fn quoted(text: &str) -> Result<String, NotQuotable> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\');
    if is_plain && !text.is_empty() { Ok(format!("\"{text}\"")) } else { Err(NotQuotable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn realm_stands_in_quotes_and_cannot_break_out() {
        assert_eq!(challenge(USUAL_REALM).unwrap(), "Basic realm=\"Registry Realm\"");
        for realm in ["", "a\"b", "a\\b", "a\r\nb", "ä"] {
            assert_eq!(challenge(realm), Err(NotQuotable), "{realm}");
        }
    }
}
