//! Numbers of bytes.

/// What is no number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of bytes or a size such as 20MiB")]
#[non_exhaustive]
pub struct InvalidSize;

/// Reads a number of bytes as config files have them: `412`, `20MiB`, `1 GiB`, `64K`. The units are powers of 1024.
///
/// # Errors
/// When it is none, or more than 2⁶⁴ - 1.
pub fn parse_size(text: &str) -> Result<u64, InvalidSize> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        "t" | "tib" => 40,
        _ => return Err(InvalidSize),
    };
    let number: u64 = number.parse().map_err(|_| InvalidSize)?;
    number.checked_mul(1 << shift).ok_or(InvalidSize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood_and_nothing_else() {
        for (text, expected) in [
            ("412", Some(412)),
            ("412B", Some(412)),
            ("64K", Some(64 << 10)),
            ("20MiB", Some(20 << 20)),
            (" 1 gib ", Some(1 << 30)),
            ("2t", Some(2 << 40)),
            ("", None),
            ("MiB", None),
            ("-1", None),
            ("1.5MiB", None),
            ("20MB", None),
            ("18446744073709551616", None),
            ("99999999TiB", None),
        ] {
            assert_eq!(parse_size(text).ok(), expected, "{text}");
        }
    }
}
