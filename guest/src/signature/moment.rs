//! The time at which a request is signed, in the formats that signatures need.

use std::time::Duration;

use time::OffsetDateTime;

/// A time to the second, as signatures state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    time: OffsetDateTime,
    /// The text of [`Moment::basic`], which the signature of a request contains three times.
    basic: [u8; 16],
}

impl Moment {
    /// The moment so long after 1970-01-01T00:00:00Z. A clock beyond the year 9999 counts as 1970: OSS then reports
    /// that the clock is skewed.
    pub fn since_epoch(length: Duration) -> Self {
        let seconds = i64::try_from(length.as_secs()).unwrap_or(0);
        let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        // `format!` would take as long as hashing a block with SHA-256.
        let digits = |number: u8| [b'0' + number / 10 % 10, b'0' + number % 10];
        let year = time.year().unsigned_abs();
        let [c, y, m, d] = [(year / 100 % 100) as u8, (year % 100) as u8, time.month().into(), time.day()].map(digits);
        let [h, min, s] = [time.hour(), time.minute(), time.second()].map(digits);
        let basic =
            [c[0], c[1], y[0], y[1], m[0], m[1], d[0], d[1], b'T', h[0], h[1], min[0], min[1], s[0], s[1], b'Z'];
        Self { time, basic }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix(&self) -> i64 {
        self.time.unix_timestamp()
    }

    /// `20231216`.
    pub fn date(&self) -> &str {
        self.basic().split_once('T').map_or("", |(date, _)| date)
    }

    /// `20231216T162057Z`, the format of V4.
    pub fn basic(&self) -> &str {
        str::from_utf8(&self.basic).unwrap_or_default()
    }

    /// `2023-12-16T16:20:57Z`, the format of RFC 3339.
    pub fn iso(&self) -> String {
        let (date, time) = (self.time.date(), self.time.time());
        let (month, day) = (u8::from(date.month()), date.day());
        let (hour, minute, second) = time.as_hms();
        format!("{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", date.year())
    }

    /// `Wed, 28 Dec 2022 10:27:41 GMT`, the format of HTTP and V1.
    pub fn http(&self) -> String {
        format!(
            "{:.3}, {:02} {:.3} {:04} {:02}:{:02}:{:02} GMT",
            self.time.weekday().to_string(),
            self.time.day(),
            self.time.month().to_string(),
            self.time.year(),
            self.time.hour(),
            self.time.minute(),
            self.time.second()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let moment = Moment::since_epoch(Duration::from_secs(1_672_223_261));
        assert_eq!(moment.http(), "Wed, 28 Dec 2022 10:27:41 GMT");
        assert_eq!(moment.basic(), "20221228T102741Z");
        assert_eq!(moment.date(), "20221228");
        assert_eq!(moment.iso(), "2022-12-28T10:27:41Z");
        assert_eq!(moment.unix(), 1_672_223_261);
        assert_eq!(Moment::since_epoch(Duration::MAX).unix(), 0);
    }
}
