//! The time at which a request is signed, in the forms that signatures want.

use std::time::Duration;

use time::OffsetDateTime;

/// A time to the second, as signatures state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(OffsetDateTime);

impl Moment {
    /// The moment so long after 1970-01-01T00:00:00Z. A clock beyond the year 9999 counts as standing at 1970: OSS will
    /// say that it is skewed.
    pub fn since_epoch(length: Duration) -> Self {
        let seconds = i64::try_from(length.as_secs()).unwrap_or(0);
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix(&self) -> i64 {
        self.0.unix_timestamp()
    }

    /// `20231216`.
    pub fn date(&self) -> String {
        let mut out = String::with_capacity(16);
        out.extend(self.date_digits());
        out
    }

    /// Whether this is the day of a [`Moment::date`].
    pub fn is_on(&self, date: &str) -> bool {
        self.date_digits().eq(date.chars())
    }

    /// `20231216T162057Z`, the form of V4.
    pub fn basic(&self) -> String {
        let mut out = self.date();
        out.push('T');
        out.extend([self.0.hour(), self.0.minute(), self.0.second()].into_iter().flat_map(two_digits));
        out.push('Z');
        out
    }

    // Every request is signed with both, and `format!` would take as long as a block of SHA-256.
    fn date_digits(&self) -> impl Iterator<Item = char> {
        let year = self.0.year().unsigned_abs();
        let (century, year) = ((year / 100 % 100) as u8, (year % 100) as u8);
        [century, year, self.0.month().into(), self.0.day()].into_iter().flat_map(two_digits)
    }

    /// `2023-12-16T16:20:57Z`, the form of RFC 3339.
    pub fn iso(&self) -> String {
        let (date, time) = (self.0.date(), self.0.time());
        let (month, day) = (u8::from(date.month()), date.day());
        let (hour, minute, second) = time.as_hms();
        format!("{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", date.year())
    }

    /// `Wed, 28 Dec 2022 10:27:41 GMT`, the form of HTTP and V1.
    pub fn http(&self) -> String {
        format!(
            "{:.3}, {:02} {:.3} {:04} {:02}:{:02}:{:02} GMT",
            self.0.weekday().to_string(),
            self.0.day(),
            self.0.month().to_string(),
            self.0.year(),
            self.0.hour(),
            self.0.minute(),
            self.0.second()
        )
    }
}

fn two_digits(number: u8) -> [char; 2] {
    [char::from(b'0' + number / 10 % 10), char::from(b'0' + number % 10)]
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
        assert!(moment.is_on("20221228") && !moment.is_on("20221229") && !moment.is_on("2022122"));
        assert_eq!(moment.iso(), "2022-12-28T10:27:41Z");
        assert_eq!(moment.unix(), 1_672_223_261);
        assert_eq!(Moment::since_epoch(Duration::MAX).unix(), 0);
    }
}
