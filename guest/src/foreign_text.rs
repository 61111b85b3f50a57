//! Makes a server's text safe for errors, and defines which characters mislead a reader.

/// How many characters are kept of a server's text, which may have any length.
const MAX_CHARACTERS: usize = 512;

/// The text without characters that a terminal interprets or does not show, without secrets, and of limited length, in
/// this order: a server may echo a secret with such characters in between, and a secret that is cut off would not be
/// found.
pub(crate) fn shown(text: &str, redact: impl Fn(&str) -> String) -> String {
    let visible: String = text.trim().chars().filter(|character| !is_invisible(*character)).collect();
    redact(&visible).chars().take(MAX_CHARACTERS).collect()
}

/// Whether a character is a control character, or one of Unicode's category "format" that only changes how others are
/// shown (Unicode TR 36, 3.1): soft hyphen, zero-width characters, directional marks, the byte order mark.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(text: &str) -> String {
        text.replace("canary", "[redacted]")
    }

    #[test]
    fn text_is_bounded_and_has_no_control_characters() {
        assert_eq!(shown(" a\u{1b}[2J\n\u{202e}b ", str::to_owned), "a[2Jb");
        assert_eq!(shown(&"x".repeat(5000), str::to_owned).len(), MAX_CHARACTERS);
    }

    // 8.8: redaction came before these were removed.
    #[test]
    fn a_secret_with_invisible_characters_inside_is_redacted() {
        for inside in ["\u{0}", "\u{1b}", "\n", "\u{7f}", "\u{85}", "\u{200b}", "\u{feff}", "\u{ad}"] {
            assert_eq!(shown(&["x can", inside, "ary"].concat(), redact), "x [redacted]", "{inside:?}");
        }
    }

    #[test]
    fn a_secret_across_the_cut_is_redacted_whole() {
        let text = ["x".repeat(MAX_CHARACTERS - 3).as_str(), "canary"].concat();
        assert!(!shown(&text, redact).contains("can"));
    }
}
