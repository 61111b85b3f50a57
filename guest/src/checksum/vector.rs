//! Vectors of 16 bytes. Those of WebAssembly are used explicitly: a compiler that optimises for size does not derive
//! them from a loop, and two words of 8 bytes take twice as long.

/// The bytes of a vector.
pub(super) const LENGTH: usize = 16;

/// The sum of two polynomials, whose coefficients a vector's bits are.
#[cfg(target_arch = "wasm32")]
#[inline(always)]
pub(super) fn add(one: [u8; LENGTH], other: [u8; LENGTH]) -> [u8; LENGTH] {
    use bytemuck::must_cast;
    must_cast(std::arch::wasm32::v128_xor(must_cast(one), must_cast(other)))
}

/// The sum of two polynomials, whose coefficients a vector's bits are.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(super) fn add(one: [u8; LENGTH], other: [u8; LENGTH]) -> [u8; LENGTH] {
    (u128::from_ne_bytes(one) ^ u128::from_ne_bytes(other)).to_ne_bytes()
}
