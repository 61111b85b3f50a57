//! Percent-encoding as OSS does it: upper-case hexadecimal, everything encoded but the unreserved characters.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// Appends `text`, encoded; a slash is encoded too.
pub(crate) fn encode_into(out: &mut String, text: &str) {
    encode_bytes(out, text.as_bytes(), false);
}

/// Appends `text`, encoded; slashes stay.
pub(crate) fn encode_path_into(out: &mut String, text: &str) {
    encode_bytes(out, text.as_bytes(), true);
}

/// `text`, encoded, as `encoding-type=url` asks: a space becomes `%20`, never `+`.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    encode_into(&mut out, text);
    out
}

fn encode_bytes(out: &mut String, bytes: &[u8], keep_slash: bool) {
    for &byte in bytes {
        if unreserved(byte) || (keep_slash && byte == b'/') {
            out.push(byte as char);
        } else {
            out.push('%');
            out.push(HEX[(byte >> 4) as usize] as char);
            out.push(HEX[(byte & 15) as usize] as char);
        }
    }
}

/// Decodes a path or a header; `None` if the bytes are not UTF-8. A stray percent sign stands for itself.
pub(crate) fn decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Decodes a component of a query string, in which a plus sign is a space.
pub(crate) fn decode_query(text: &str) -> Option<String> {
    if text.contains('+') { decode(&text.replace('+', " ")) } else { decode(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unreserved_characters_stay() {
        assert_eq!(encode("a b+c/é~-_."), "a%20b%2Bc%2F%C3%A9~-_.");
        let mut path = String::new();
        encode_path_into(&mut path, "/a/b c*'()!");
        assert_eq!(path, "/a/b%20c%2A%27%28%29%21");
    }

    #[test]
    fn a_plus_is_a_space_only_in_a_query() {
        assert_eq!(decode("a+b%20c").as_deref(), Some("a+b c"));
        assert_eq!(decode_query("a+b%2Bc").as_deref(), Some("a b+c"));
        assert_eq!(decode("%FF"), None);
    }
}
