//! Polynomials over the field with two elements, modulo that of CRC-64.

use super::crc64::POLYNOMIAL;

/// x^(8 count), by which `count` bytes of zeros multiply a register.
pub(super) const fn power(mut count: u64) -> u64 {
    let mut product = 1 << 63;
    let mut power = 1 << (63 - 8);
    while count != 0 {
        if count & 1 == 1 {
            product = multiply(product, power);
        }
        power = multiply(power, power);
        count >>= 1;
    }
    product
}

/// The product of two polynomials modulo the polynomial.
pub(super) const fn multiply(left: u64, mut right: u64) -> u64 {
    let mut product = 0;
    let mut bit = 64;
    while bit > 0 {
        bit -= 1;
        if left >> bit & 1 == 1 {
            product ^= right;
        }
        right = if right & 1 == 1 { right >> 1 ^ POLYNOMIAL } else { right >> 1 };
    }
    product
}
