//! Numbers and moments as a person reads them.

use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// `412 B`, `1.2 KiB`, `16.0 MiB`.
pub fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64 / 1024.0;
    let mut unit = "KiB";
    for larger in ["MiB", "GiB", "TiB"] {
        // What would round to 1024.0 is one of the next.
        if scaled < 1023.95 {
            break;
        }
        scaled /= 1024.0;
        unit = larger;
    }
    format!("{scaled:.1} {unit}")
}

/// `0a1b`, for digests.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `3.1 ms`, `1.25 s`.
pub fn span(span: Duration) -> String {
    if span < Duration::from_secs(1) {
        format!("{:.1} ms", span.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", span.as_secs_f64())
    }
}

/// `90 s`, `15 min 3 s`, `6 h`: the two largest units.
pub fn whole_span(span: Duration) -> String {
    let seconds = span.as_secs();
    let counts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let told: Vec<_> =
        counts.iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0).collect();
    match told.as_slice() {
        [] => "0 s".to_owned(),
        told => told.iter().map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" "),
    }
}

/// `2026-09-22 06:24:01Z`.
pub fn moment(moment: SystemTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    OffsetDateTime::from(moment).format(format).unwrap_or_default()
}

/// `2026-09-22T06:24:01Z`, for programs.
pub fn rfc3339(moment: SystemTime) -> String {
    OffsetDateTime::from(moment).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1234, "1.2 KiB"),
            (1_048_575, "1.0 MiB"),
            (16 << 20, "16.0 MiB"),
            (5 << 40, "5.0 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn whole_spans() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (90, "1 min 30 s"),
            (3600, "1 h"),
            (3659, "1 h"),
            (86_399, "23 h 59 min"),
            (7 * 86_400, "7 d"),
        ] {
            assert_eq!(whole_span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn moments_are_utc() {
        let leap_day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_210_096);
        assert_eq!(moment(leap_day), "2024-02-29 12:34:56Z");
        assert_eq!(rfc3339(leap_day), "2024-02-29T12:34:56Z");
    }
}
