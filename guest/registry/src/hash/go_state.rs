//! Hash states in the form of Go's `MarshalBinary`.
//!
//! Go, SHA-256: `sha\x03`, eight words of 4 bytes, the block buffer of 64 bytes padded with zeros, the number of bytes hashed
//! in 8; all big-endian; 108 bytes. SHA-512: `sha\x07`, eight words of 8, 128, 8; 204 bytes.
//! The `sha2` crate, SHA-256: eight words, the number of whole blocks in 8 bytes, the number of buffered bytes in 1, 63
//! bytes; little-endian; 104 bytes. SHA-512: eight words of 8, 16, 1, 127; 208 bytes.

use sha2::digest::common::hazmat::SerializableState;
use sha2::{Sha256, Sha512};

const MAGIC_256: &[u8] = b"sha\x03";
const MAGIC_512: &[u8] = b"sha\x07";

/// Copies words of a size with their bytes in the opposite order.
fn swap_words(words: &[u8], size: usize) -> impl Iterator<Item = u8> + '_ {
    words.chunks(size).flat_map(|word| word.iter().rev().copied())
}

/// Go's form of a state of the crate's form: `word` bytes a word, `count` bytes for the number of blocks.
fn to_go(magic: &[u8], state: &[u8], word: usize, count: usize) -> Option<Vec<u8>> {
    let block = 16 * word;
    let (words, rest) = state.split_at_checked(8 * word)?;
    let (blocks, rest) = rest.split_at_checked(count)?;
    let (buffered, buffer) = rest.split_first()?;
    let blocks = u64::from_le_bytes(blocks.get(..8)?.try_into().ok()?);
    let mut go = magic.to_vec();
    go.extend(swap_words(words, word));
    go.extend(buffer.iter().take(usize::from(*buffered)));
    go.resize(magic.len() + 8 * word + block, 0);
    go.extend((blocks.checked_mul(block as u64)? + u64::from(*buffered)).to_be_bytes());
    Some(go)
}

/// The crate's form of a state of Go's form.
fn from_go(magic: &[u8], go: &[u8], word: usize, count: usize, offset: u64) -> Option<Vec<u8>> {
    let block = 16 * word;
    let (words, rest) = go.strip_prefix(magic)?.split_at_checked(8 * word)?;
    let (buffer, length) = rest.split_at_checked(block)?;
    if u64::from_be_bytes(length.try_into().ok()?) != offset {
        return None;
    }
    let buffered = usize::try_from(offset % block as u64).ok()?;
    let mut state: Vec<u8> = swap_words(words, word).collect();
    state.extend((offset / block as u64).to_le_bytes());
    state.resize(8 * word + count, 0);
    state.push(u8::try_from(buffered).ok()?);
    state.extend(buffer.iter().take(buffered));
    state.resize(8 * word + count + block, 0);
    Some(state)
}

pub(super) fn write_sha256(hasher: &Sha256) -> Vec<u8> {
    // The state of the crate has a fixed form, so that this is never empty.
    to_go(MAGIC_256, &hasher.serialize(), 4, 8).unwrap_or_default()
}

pub(super) fn read_sha256(go: &[u8], offset: u64) -> Option<Sha256> {
    let state = from_go(MAGIC_256, go, 4, 8, offset)?;
    Sha256::deserialize(&state.as_slice().try_into().ok()?).ok()
}

pub(super) fn write_sha512(hasher: &Sha512) -> Vec<u8> {
    // As above.
    to_go(MAGIC_512, &hasher.serialize(), 8, 16).unwrap_or_default()
}

pub(super) fn read_sha512(go: &[u8], offset: u64) -> Option<Sha512> {
    let state = from_go(MAGIC_512, go, 8, 16, offset)?;
    Sha512::deserialize(&state.as_slice().try_into().ok()?).ok()
}
