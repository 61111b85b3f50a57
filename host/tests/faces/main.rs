//! The faces for HTTP in a host that serves them as `wasmtime serve` does: over sockets, many requests in an instance at once,
//! and none in an instance for ever.

mod client;
mod host;
mod registry;
mod sender;
mod service;

/// Content of which no two places are alike.
fn content(length: usize) -> bytes::Bytes {
    let words = (0..=length as u64 / 8).flat_map(|place| place.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    words.take(length).collect()
}
