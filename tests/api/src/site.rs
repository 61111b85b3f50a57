//! What is tested.

use bytes::Bytes;
use http::{Request, Response};

/// The API over a bucket, for somebody who may do everything.
pub trait Site {
    /// Sends a request and waits for all of its response. A content whose length no header says is sent without it.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>>;
}

/// The API as a server has it, which knows its clients by the tokens of [`known`](crate::known).
pub trait Served {
    /// Sends a request as it is.
    fn send_as_it_is(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>>;
}
