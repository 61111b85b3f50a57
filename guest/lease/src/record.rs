//! The part of a lease that is the same in every process, and its form as text.

use crate::bytes::{put, put_option, put_string, take, take_bool, take_option, take_string};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a text begins with: another layout would have another.
const LAYOUT: u8 = 1;

/// A lease as `ossicle:storage/lock` has it, without what each process counts by its own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRecord {
    /// The lock's name.
    pub name: String,
    /// The holder.
    pub owner: String,
    /// The fencing token.
    pub token: u64,
    /// Whether the tenure before had run out.
    pub is_taken_over: bool,
    /// How often to renew it, in milliseconds.
    pub renew_every: u64,
    /// When OSS takes what is written under it.
    pub window: Option<Window>,
    /// Where its record is.
    pub mark: LeaseMark,
}

/// A span of OSS's time, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its begin.
    pub since: u64,
    /// Its end.
    pub until: u64,
}

/// Where a lease's record is, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseMark {
    /// How long the lease lasts from its last record on, in seconds.
    pub ttl: u32,
    /// Where the first record of the tenure stands.
    pub acquired: u64,
    /// What was drawn for that record.
    pub nonce: u64,
    /// How long the log was with the last record of the lease.
    pub length: u64,
    /// The CRC-64 of the log with that record.
    pub crc64: u64,
    /// The CRC-32 of that record.
    pub previous: u32,
    /// A time of OSS's no later than when that record was made; 0 where OSS stated none.
    pub since: u64,
    /// Where it stands in the lock object of the Go module, where the interlock is on.
    pub interlock: Option<InterlockMark>,
}

/// What is known of the lock object of the Go module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterlockMark {
    /// Its length.
    pub length: u64,
    /// Its CRC-64.
    pub crc64: u64,
    /// Since when it is there, by OSS's clock.
    pub since: u64,
}

impl LeaseRecord {
    /// All of it as one word of `A-Z`, `a-z`, `0-9`, `-` and `_`.
    pub fn to_text(&self) -> String {
        let Self { name, owner, token, is_taken_over, renew_every, window, mark } = self;
        let mut bytes = vec![LAYOUT];
        put_string(&mut bytes, name);
        put_string(&mut bytes, owner);
        put(&mut bytes, *token);
        bytes.push(u8::from(*is_taken_over));
        put(&mut bytes, *renew_every);
        put_option(&mut bytes, *window, |bytes, window| {
            put(bytes, window.since);
            put(bytes, window.until);
        });
        put(&mut bytes, mark.ttl.into());
        for number in [mark.acquired, mark.nonce, mark.length, mark.crc64] {
            put(&mut bytes, number);
        }
        put(&mut bytes, mark.previous.into());
        put(&mut bytes, mark.since);
        put_option(&mut bytes, mark.interlock, |bytes, interlock| {
            for number in [interlock.length, interlock.crc64, interlock.since] {
                put(bytes, number);
            }
        });
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text that [`LeaseRecord::to_text`] made; none where it is no such text.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut rest = bytes.strip_prefix(&[LAYOUT])?;
        let rest = &mut rest;
        let record = Self {
            name: take_string(rest)?,
            owner: take_string(rest)?,
            token: take(rest)?,
            is_taken_over: take_bool(rest)?,
            renew_every: take(rest)?,
            window: take_option(rest, |rest| Some(Window { since: take(rest)?, until: take(rest)? }))?,
            mark: LeaseMark {
                ttl: take(rest)?.try_into().ok()?,
                acquired: take(rest)?,
                nonce: take(rest)?,
                length: take(rest)?,
                crc64: take(rest)?,
                previous: take(rest)?.try_into().ok()?,
                since: take(rest)?,
                interlock: take_option(rest, |rest| {
                    Some(InterlockMark { length: take(rest)?, crc64: take(rest)?, since: take(rest)? })
                })?,
            },
        };
        rest.is_empty().then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(window: Option<Window>, interlock: Option<InterlockMark>) -> LeaseRecord {
        let mark = LeaseMark {
            ttl: u32::MAX,
            acquired: 1,
            nonce: u64::MAX,
            length: 3,
            crc64: 4,
            previous: 5,
            since: 6,
            interlock,
        };
        LeaseRecord {
            name: "nightly/ä".to_owned(),
            owner: "0".repeat(24),
            token: 7,
            is_taken_over: true,
            renew_every: 10,
            window,
            mark,
        }
    }

    #[test]
    fn text_is_the_record() {
        let window = Window { since: 11, until: 12 };
        let interlock = InterlockMark { length: 13, crc64: 14, since: 15 };
        for record in [record(None, None), record(Some(window), Some(interlock))] {
            let text = record.to_text();
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{text}");
            assert_eq!(LeaseRecord::from_text(&text), Some(record));
        }
    }

    #[test]
    fn what_is_cut_or_longer_or_of_another_layout_is_no_lease() {
        let text = record(None, None).to_text();
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for length in 0..bytes.len() {
            assert!(LeaseRecord::from_text(&URL_SAFE_NO_PAD.encode(&bytes[..length])).is_none(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(LeaseRecord::from_text(&URL_SAFE_NO_PAD.encode(longer)).is_none());
        let mut other = bytes.clone();
        other[0] = 2;
        assert!(LeaseRecord::from_text(&URL_SAFE_NO_PAD.encode(other)).is_none());
        // A length beyond all memory.
        let mut huge = bytes;
        huge[1..9].fill(0xFF);
        assert!(LeaseRecord::from_text(&URL_SAFE_NO_PAD.encode(huge)).is_none());
        assert!(LeaseRecord::from_text("no lease").is_none());
    }
}
