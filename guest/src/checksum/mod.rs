//! The checksums of transfers: CRC-64 as OSS computes it for an object, and MD5 as `Content-MD5`.

mod crc64;
mod folding;
mod polynomial;
mod vector;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISO_HDLC, Crc};
use md5::{Digest as _, Md5};

pub use crc64::Crc64;
use polynomial::{multiply, power};

/// The CRC-64 of some bytes.
pub fn crc64(bytes: &[u8]) -> u64 {
    let mut crc = Crc64::default();
    crc.update(bytes);
    crc.value()
}

/// The CRC-32 of some bytes, as in zip and Ethernet.
pub fn crc32(bytes: &[u8]) -> u32 {
    const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    CRC32.checksum(bytes)
}

/// The CRC-64 of two concatenated runs of bytes, from that of each and the length of the second: the first times x^(8
/// length), modulo the polynomial, plus the second.
pub fn combine_crc64(first: u64, second: u64, second_length: u64) -> u64 {
    multiply(power(second_length), first) ^ second
}

/// The value of a `Content-MD5` header for a body.
pub fn content_md5(body: &[u8]) -> String {
    STANDARD.encode(Md5::digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_answers() {
        assert_eq!(crc64(b"123456789"), 0x995D_C9BB_DF19_39FA);
        assert_eq!(crc64(b"123456789").to_string(), "11051210869376104954");
        assert_eq!(crc64(b""), 0);
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(content_md5(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }

    proptest! {
        #[test]
        fn pieces_make_the_whole(bytes: Vec<u8>, cut: prop::sample::Index) {
            let (left, right) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut crc = Crc64::default();
            crc.update(left);
            crc.update(right);
            prop_assert_eq!(crc.value(), crc64(&bytes));
            let mut crc = Crc64::after(crc64(left));
            crc.update(right);
            prop_assert_eq!(crc.value(), crc64(&bytes));
            prop_assert_eq!(combine_crc64(crc64(left), crc64(right), right.len() as u64), crc64(&bytes));
        }

        #[test]
        fn any_length_and_any_pieces(length in 0_usize..80_000, cut: prop::sample::Index, seed: u64) {
            const REFERENCE: Crc<u64> = Crc::<u64>::new(&crc::CRC_64_XZ);
            let bytes: Vec<u8> = (0..length as u64).map(|at| (at.wrapping_mul(seed | 1) >> 29) as u8).collect();
            prop_assert_eq!(crc64(&bytes), REFERENCE.checksum(&bytes));
            let (left, right) = bytes.split_at(cut.index(length + 1));
            let mut crc = Crc64::default();
            crc.update(left);
            crc.update(right);
            prop_assert_eq!(crc.value(), REFERENCE.checksum(&bytes));
        }
    }
}
