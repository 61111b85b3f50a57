//! The challenge that asks a client for a user and a password.

use http::HeaderValue;

/// The default realm, which clients show when they ask for a password.
pub const DEFAULT_REALM: &str = "Registry Realm";

/// The error for text that can't be quoted in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this must be of ASCII characters, without quotes and backslashes, and not empty")]
pub struct NotQuotable;

/// Returns the value of `WWW-Authenticate` that asks for a user and a password.
///
/// # Errors
/// If the realm can't be quoted.
pub fn challenge(realm: &str) -> Result<HeaderValue, NotQuotable> {
    HeaderValue::from_str(&format!("Basic realm={}", quoted(realm)?)).map_err(|_| NotQuotable)
}

/// Returns the text as a quoted string. Text that needs an escape is rejected, because not every client understands
/// escapes.
///
/// # Errors
/// If the text would need an escape, or is empty.
pub fn quoted(text: &str) -> Result<String, NotQuotable> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\');
    if is_plain && !text.is_empty() { Ok(format!("\"{text}\"")) } else { Err(NotQuotable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn realm_stands_in_quotes_and_cannot_break_out() {
        assert_eq!(challenge(DEFAULT_REALM).unwrap(), "Basic realm=\"Registry Realm\"");
        for realm in ["", "a\"b", "a\\b", "a\r\nb", "ä"] {
            assert_eq!(challenge(realm), Err(NotQuotable), "{realm}");
        }
    }
}
