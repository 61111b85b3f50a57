//! Vectors of 16 bytes. Those of WebAssembly are asked for by name: the compiler makes none of them out of a loop where it
//! optimises for size, and two words of 8 bytes take twice as long.

/// How many bytes a vector has.
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
