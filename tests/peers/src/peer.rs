//! What a client can do.

use bytes::Bytes;

use crate::source::Source;

/// Why it could not.
pub type Problem = Box<dyn std::error::Error>;

/// A client of one bucket. It runs on one thread, so nothing need be `Send`.
#[allow(async_fn_in_trait)]
pub trait Peer: 'static {
    /// Puts an object.
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Problem>;
    /// Reads an object whole into memory, and tells its size.
    async fn get(&self, name: &str) -> Result<u64, Problem>;
    /// The size of an object.
    async fn head(&self, name: &str) -> Result<u64, Problem>;
    /// How many names begin so, over all pages of 1000.
    async fn list(&self, prefix: &str) -> Result<usize, Problem>;
    /// Uploads a stream by parts, so many at a time.
    async fn upload(&self, name: &str, source: Source, in_flight: usize) -> Result<(), Problem>;
    /// Reads an object as a stream, lets go of each piece, and tells how many bytes came.
    async fn download(&self, name: &str) -> Result<u64, Problem>;
}
