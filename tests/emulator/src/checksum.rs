//! CRC-64, which OSS reports for every object, and how two of them join without reading the bytes again.

use crc::{CRC_64_XZ, Crc, Digest, Table};

// ECMA-182, reflected, all ones in and out: what OSS calls "crc64ecma" is what the catalogue of CRCs calls CRC-64/XZ.
static CRC64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);

/// The reflected polynomial.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// A CRC-64 in the making.
pub(crate) struct Crc64(Digest<'static, u64, Table<16>>);

impl Crc64 {
    pub(crate) fn new() -> Self {
        Self(CRC64.digest())
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> u64 {
        self.0.finalize()
    }
}

/// The CRC-64 of `bytes`, as `x-oss-hash-crc64ecma` reports it (in decimal).
pub fn crc64(bytes: &[u8]) -> u64 {
    CRC64.checksum(bytes)
}

/// The CRC-64 of two runs of bytes after one another, from the CRC-64 of each and the length of the second.
///
/// Shifting the first by one zero bit is a linear map over GF(2), so shifting it by the whole second run is a power of
/// that map, found by repeated squaring in 64 steps however many gigabytes the second run has.
pub fn combine(first: u64, second: u64, second_len: u64) -> u64 {
    if second_len == 0 {
        return first;
    }
    let mut operator = one_zero_bit();
    for _ in 0..3 {
        operator = square(&operator);
    }
    let mut shifted = first;
    let mut bytes = second_len;
    while bytes != 0 {
        if bytes & 1 == 1 {
            shifted = apply(&operator, shifted);
        }
        bytes >>= 1;
        if bytes != 0 {
            operator = square(&operator);
        }
    }
    shifted ^ second
}

fn one_zero_bit() -> [u64; 64] {
    let mut matrix = [0; 64];
    matrix[0] = POLYNOMIAL;
    for (bit, row) in matrix.iter_mut().enumerate().skip(1) {
        *row = 1 << (bit - 1);
    }
    matrix
}

fn apply(matrix: &[u64; 64], mut vector: u64) -> u64 {
    let mut sum = 0;
    let mut row = 0;
    while vector != 0 {
        if vector & 1 == 1 {
            sum ^= matrix[row];
        }
        vector >>= 1;
        row += 1;
    }
    sum
}

fn square(matrix: &[u64; 64]) -> [u64; 64] {
    let mut squared = [0; 64];
    for (row, value) in squared.iter_mut().enumerate() {
        *value = apply(matrix, matrix[row]);
    }
    squared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_documentation() {
        assert_eq!(crc64(b"123456789"), 11_051_210_869_376_104_954);
        assert_eq!(crc64(b""), 0);
    }

    #[test]
    fn joined_equals_computed_at_once() {
        let bytes: Vec<u8> = (0..100_003u32).map(|n| (n * 7 + n / 251) as u8).collect();
        for cut in [0, 1, 2, 7, 64, 4096, 65_537, 100_002, 100_003] {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(combine(crc64(first), crc64(second), second.len() as u64), crc64(&bytes), "cut at {cut}");
        }
    }
}
