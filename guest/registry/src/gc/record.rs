//! A record of the epoch log: 128 bytes of ASCII on one line, in fixed columns.
//!
//! ```text
//! OSSGC001 <id> <C> <T1> <T2> <count> <hash of the list> <crc> <padding>
//! ```

use crc::{CRC_32_ISO_HDLC, Crc};

/// The length of every record. It is fixed so that the last record can be read without knowing the log's length.
pub const RECORD_LENGTH: u64 = 128;

const MAGIC: &str = "OSSGC001";
/// The beginning of a record in every version of the format.
const FAMILY: &str = "OSSGC";
/// The position of the record's CRC: after the columns, each of which is followed by a space.
const CRC_AT: usize = 104;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// An announced collection: which digests it may delete, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochRecord {
    /// A random number, which is in the name of the list.
    pub id: u64,
    /// C: a digest with a link at least as young as this is kept. In Unix seconds, like the other times.
    pub young_since: u64,
    /// T1: until then a listed digest can be written, which rescues it.
    pub rescue_until: u64,
    /// T2: the collector's deletes are signed to end at this time.
    pub delete_until: u64,
    /// The number of listed digests.
    pub count: u64,
    /// The first half of the list's SHA-256.
    pub list_hash: u128,
}

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordProblem {
    /// The bytes are not a record of any version.
    #[error("the epoch log does not end in a record")]
    Unreadable,
    /// The bytes are a record of a version that this program does not know.
    #[error("the epoch log ends in a record of a newer version")]
    Newer,
}

impl EpochRecord {
    /// The record as a line of the log.
    pub fn to_line(self) -> String {
        let mut line = format!(
            "{MAGIC} {:016x} {:011} {:011} {:011} {:08} {:032x} ",
            self.id, self.young_since, self.rescue_until, self.delete_until, self.count, self.list_hash
        );
        let crc = CRC.checksum(line.as_bytes());
        line.push_str(&format!("{crc:08x}{:15}\n", ""));
        line
    }

    /// Parses a record.
    ///
    /// # Errors
    /// If the bytes are not a record of this version.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordProblem> {
        let text = std::str::from_utf8(bytes).map_err(|_| RecordProblem::Unreadable)?;
        if text.starts_with(FAMILY) && !text.starts_with(MAGIC) {
            return Err(RecordProblem::Newer);
        }
        Self::read(text).filter(|record| record.to_line() == text).ok_or(RecordProblem::Unreadable)
    }

    fn read(text: &str) -> Option<Self> {
        let (columns, crc) = text.split_at_checked(CRC_AT)?;
        if u32::from_str_radix(crc.get(..8)?, 16).ok()? != CRC.checksum(columns.as_bytes()) {
            return None;
        }
        let mut columns = columns.split(' ').skip(1);
        let mut decimal = |radix| u128::from_str_radix(columns.next()?, radix).ok();
        let mut number = |radix| u64::try_from(decimal(radix)?).ok();
        Some(Self {
            id: number(16)?,
            young_since: number(10)?,
            rescue_until: number(10)?,
            delete_until: number(10)?,
            count: number(10)?,
            list_hash: decimal(16)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: EpochRecord = EpochRecord {
        id: 0x0123_4567_89ab_cdef,
        young_since: 1_795_600_000,
        rescue_until: 1_795_686_510,
        delete_until: 1_795_686_700,
        count: 17,
        list_hash: 0xfeed_0000_0000_0000_0000_0000_0000_0001,
    };

    #[test]
    fn record_has_fixed_columns_and_length() {
        let line = RECORD.to_line();
        assert_eq!(line.len() as u64, RECORD_LENGTH);
        assert!(line.starts_with(
            "OSSGC001 0123456789abcdef 01795600000 01795686510 01795686700 00000017 feed0000000000000000000000000001 "
        ));
        assert!(line.ends_with(" \n"));
        assert_eq!(EpochRecord::parse(line.as_bytes()), Ok(RECORD));
    }

    #[test]
    fn changed_byte_is_noticed_wherever_it_is() {
        let line = RECORD.to_line().into_bytes();
        for at in 0..line.len() {
            let mut changed = line.clone();
            changed[at] ^= 1;
            assert!(EpochRecord::parse(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn newer_version_is_distinguished_from_unreadable_bytes() {
        let line = RECORD.to_line().replace("OSSGC001", "OSSGC002");
        assert_eq!(EpochRecord::parse(line.as_bytes()), Err(RecordProblem::Newer));
        assert_eq!(EpochRecord::parse(b"anything"), Err(RecordProblem::Unreadable));
        assert_eq!(EpochRecord::parse(&[0xff; 128]), Err(RecordProblem::Unreadable));
    }
}
