//! The way to the registry.

use bytes::Bytes;
use http::{Request, Response};

/// Sends requests to the registry under test.
pub trait Client {
    /// Sends a request, whose URI is a path with a query, and waits for the whole response. Follows no redirect but that of a
    /// `GET` of a blob.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>>;

    /// How long the chunks of blobs are, 1 KiB at least: longer than the parts in which the registry stores uploads, if these
    /// are to have several.
    fn chunk(&self) -> usize;
}
