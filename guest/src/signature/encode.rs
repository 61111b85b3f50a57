//! Percent-encoding as OSS signs it: `A-Z a-z 0-9 - _ . ~` are kept, and everything else becomes upper-case `%XX`, a
//! space `%20`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// Appends a name or value of a query.
pub fn encode_component(text: &str, out: &mut String) {
    out.extend(utf8_percent_encode(text, COMPONENT));
}

/// Appends an object's name; `/` is kept.
pub fn encode_path(text: &str, out: &mut String) {
    out.extend(utf8_percent_encode(text, PATH));
}

/// Appends bytes as lower-case hexadecimal digits.
pub fn encode_hex(bytes: &[u8], out: &mut String) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    for bytes in bytes.chunks(16) {
        let mut digits = [0; 32];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        // Append sixteen at a time: appending each as a single character took a third of a microsecond for each
        // signature.
        let text = digits.get(..2 * bytes.len()).and_then(|digits| str::from_utf8(digits).ok());
        out.push_str(text.unwrap_or_default());
    }
}
