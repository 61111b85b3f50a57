//! What a request brings.

use crate::bindings::wasi::http::types::{ErrorCode, Request, Trailers};
use crate::bindings::wit_future;
use wit_bindgen::{FutureReader, StreamReader};

/// A request's body, and how it ended.
pub fn body(request: Request) -> (StreamReader<u8>, FutureReader<Result<Option<Trailers>, ErrorCode>>) {
    // That the body was taken is all that is said of it.
    let (_, taken) = wit_future::new::<Result<(), ErrorCode>>(|| Ok(()));
    Request::consume_body(request, taken)
}
