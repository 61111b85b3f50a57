//! Sizes and spans of time as settings have them.
//!
//! The host library reads those of files, and does not stand on this crate; the command reads its own by the library. So these
//! are the face's, and a test of the command compares the two.

use std::time::Duration;

/// A number of bytes: `412`, `20MiB`, `1 GiB`, `64K`.
pub fn read_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        "t" | "tib" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// A span of time: `250ms`, `90s`, `20m`, `24h`, `7d`.
///
/// # Errors
/// What it must be, where it is none.
pub fn read_span(text: &str) -> Result<Duration, String> {
    let refused = || "must be a number with ms, s, m, h or d behind it, such as 24h".to_owned();
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refused)?);
    let number: u64 = number.parse().map_err(|_| refused())?;
    let seconds = match unit.trim_start() {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(refused()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(refused)
}
