//! A record of a lock's log: 128 bytes of ASCII on one line, with columns at fixed positions.
//!
//! ```text
//! OSSLOCK1 A 0000019a8f3c2b10 <owner> <nonce> 000060 00000001280 00000001280 <previous> <flags> <crc>
//! ```
//!
//! A log is only ever appended to. Its last record is the lock's state, its length is the state's version, and its
//! `Last-Modified` is when the state was entered.

use std::fmt;

use crate::checksum::crc32;

/// The length of every record.
pub const RECORD_LENGTH: u64 = 128;

const MAGIC: &str = "OSSLOCK1";
/// The prefix of all formats, including future ones.
const FAMILY: &str = "OSSLOCK";
/// The position of the record's own CRC.
const CRC_AT: usize = 119;

/// The effect of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// `A`: begins a tenure.
    Acquire,
    /// `N`: extends the tenure of the record before it.
    Renew,
    /// `L`: ends the tenure of the record before it.
    Release,
}

/// The holder of a lock: 96 random bits, which every instance draws anew and does not store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner(pub u128);

impl Owner {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, 24).then(|| u128::from_str_radix(text, 16).ok().map(Self))?
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:024x}", self.0)
    }
}

/// The tenure took over the lock from one that had expired.
pub const FLAG_TAKEN_OVER: u32 = 1;
/// The tenure was ended by an operator.
pub const FLAG_BROKEN: u32 = 2;

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The record's effect.
    pub kind: RecordKind,
    /// The fencing token: the same in all records of a tenure, greater than in all before it.
    pub token: u64,
    /// The instance that wrote it; for a release by an operator, the holder whose tenure ended.
    pub owner: Owner,
    /// A random number for this record; another attempt to append it has the same one.
    pub nonce: u64,
    /// How long the lease lasts from this record on, in seconds. Other instances rely on it.
    pub ttl: u32,
    /// The position of the record that began the tenure.
    pub acquired: u64,
    /// The position of this record.
    pub position: u64,
    /// The CRC-32 of the record before it; 0 for none. For diagnosis.
    pub previous: u32,
    /// [`FLAG_TAKEN_OVER`], [`FLAG_BROKEN`].
    pub flags: u32,
}

/// Why bytes can't be read as a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordProblem {
    /// They are not a record, or a damaged one.
    Unreadable,
    /// They are a record of a newer version.
    Newer,
}

impl Record {
    /// The bytes of the record in the log.
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = match self.kind {
            RecordKind::Acquire => 'A',
            RecordKind::Renew => 'N',
            RecordKind::Release => 'L',
        };
        let mut line = format!(
            "{MAGIC} {kind} {:016x} {} {:016x} {:06} {:011} {:011} {:08x} {:08x} ",
            self.token, self.owner, self.nonce, self.ttl, self.acquired, self.position, self.previous, self.flags
        );
        let crc = crc32(line.as_bytes());
        line.push_str(&format!("{crc:08x}\n"));
        line.into_bytes()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the bytes are not a record that this version knows.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordProblem> {
        Self::read(bytes).unwrap_or(Err(RecordProblem::Unreadable))
    }

    fn read(bytes: &[u8]) -> Option<Result<Self, RecordProblem>> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() as u64 == RECORD_LENGTH)?;
        let (checked, crc) = text.strip_suffix('\n')?.split_at_checked(CRC_AT)?;
        if hex(crc, 8)? != u64::from(crc32(checked.as_bytes())) {
            return None;
        }
        let mut columns = checked.trim_end_matches(' ').split(' ');
        let (magic, kind) = (columns.next()?, columns.next()?);
        let kind = match (magic, kind) {
            (MAGIC, "A") => RecordKind::Acquire,
            (MAGIC, "N") => RecordKind::Renew,
            (MAGIC, "L") => RecordKind::Release,
            (magic, _) if magic.starts_with(FAMILY) => return Some(Err(RecordProblem::Newer)),
            _ => return None,
        };
        let record = Self {
            kind,
            token: hex(columns.next()?, 16)?,
            owner: Owner::parse(columns.next()?)?,
            nonce: hex(columns.next()?, 16)?,
            ttl: decimal(columns.next()?, 6)?.try_into().ok()?,
            acquired: decimal(columns.next()?, 11)?,
            position: decimal(columns.next()?, 11)?,
            previous: hex(columns.next()?, 8)?.try_into().ok()?,
            flags: hex(columns.next()?, 8)?.try_into().ok()?,
        };
        (columns.next().is_none() && record.acquired <= record.position).then_some(Ok(record))
    }

    /// The record's own CRC-32, which the next one repeats.
    pub fn crc(&self) -> u32 {
        let bytes = self.to_bytes();
        crc32(bytes.get(..CRC_AT).unwrap_or_default())
    }

    /// Whether another record is of the same tenure.
    pub fn is_of(&self, owner: Owner, token: u64) -> bool {
        self.owner == owner && self.token == token
    }
}

fn is_hex(text: &str, width: usize) -> bool {
    text.len() == width && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(text: &str, width: usize) -> Option<u64> {
    is_hex(text, width).then(|| u64::from_str_radix(text, 16).ok())?
}

fn decimal(text: &str, width: usize) -> Option<u64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: Record = Record {
        kind: RecordKind::Acquire,
        token: 0x19a_8f3c_2b10,
        owner: Owner(0x0123_4567_89ab_cdef_0123_4567),
        nonce: 42,
        ttl: 60,
        acquired: 1280,
        position: 1280,
        previous: 7,
        flags: FLAG_TAKEN_OVER,
    };

    #[test]
    fn the_line() {
        let line = String::from_utf8(SAMPLE.to_bytes()).unwrap();
        assert_eq!(
            line,
            "OSSLOCK1 A 0000019a8f3c2b10 0123456789abcdef01234567 000000000000002a 000060 00000001280 00000001280 \
             00000007 00000001 "
                .to_owned()
                + &format!("{:08x}\n", SAMPLE.crc())
        );
        assert_eq!(line.len() as u64, RECORD_LENGTH);
    }

    #[test]
    fn test_24_what_is_no_record() {
        let good = SAMPLE.to_bytes();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert_eq!(Record::parse(&bad), Err(RecordProblem::Unreadable), "{place}");
        }
        assert_eq!(Record::parse(&good[1..]), Err(RecordProblem::Unreadable));
        assert_eq!(Record::parse(&[0; 128]), Err(RecordProblem::Unreadable));
        let resealed = |from: &str, to: &str| {
            let line = String::from_utf8(good.clone()).unwrap().replace(from, to);
            let line = line[..CRC_AT].to_owned();
            Record::parse(format!("{line}{:08x}\n", crc32(line.as_bytes())).as_bytes())
        };
        assert_eq!(resealed("OSSLOCK1 A", "OSSLOCK1 S"), Err(RecordProblem::Newer));
        assert_eq!(resealed("OSSLOCK1", "OSSLOCK2"), Err(RecordProblem::Newer));
        assert_eq!(resealed("OSSLOCK1", "NOTALOCK"), Err(RecordProblem::Unreadable));
        assert_eq!(resealed(" 000060 ", " +00060 "), Err(RecordProblem::Unreadable));
    }

    proptest! {
        #[test]
        fn written_and_read(token: u64, owner in 0u128..1 << 96, nonce: u64, ttl in 0u32..1_000_000,
                            position in 0u64..100_000_000_000, previous: u32, flags: u32) {
            let record = Record { token, owner: Owner(owner), nonce, ttl, acquired: position / 2, position, previous,
                                  flags, kind: RecordKind::Renew };
            prop_assert_eq!(Record::parse(&record.to_bytes()), Ok(record));
        }
    }
}
