//! What a client can do.

use bytes::Bytes;

use crate::source::Source;

/// Why it could not.
pub type Problem = Box<dyn std::error::Error + Send + Sync>;

/// A client of one bucket, which as many threads may use as a [`Job`](crate::Job) has.
pub trait Peer: Send + Sync + 'static {
    /// Puts an object.
    fn put(&self, name: &str, bytes: Bytes) -> impl Future<Output = Result<(), Problem>> + Send;
    /// Reads an object whole into memory, and tells its size.
    fn get(&self, name: &str) -> impl Future<Output = Result<u64, Problem>> + Send;
    /// The size of an object.
    fn head(&self, name: &str) -> impl Future<Output = Result<u64, Problem>> + Send;
    /// How many names begin so, over all pages of 1000.
    fn list(&self, prefix: &str) -> impl Future<Output = Result<usize, Problem>> + Send;
    /// Uploads a stream by parts, so many at a time.
    fn upload(&self, name: &str, source: Source, in_flight: usize) -> impl Future<Output = Result<(), Problem>> + Send;
    /// Reads an object as a stream, lets go of each piece, and tells how many bytes came.
    fn download(&self, name: &str) -> impl Future<Output = Result<u64, Problem>> + Send;
}
