//! What a request is answered.

use crate::bindings::ossicle::storage::types::{Error, ErrorKind};
use crate::bindings::wasi::http::types::{ErrorCode, Fields, Response, Trailers};
use crate::bindings::{wit_future, wit_stream};
use std::future::Future;
use wit_bindgen::StreamReader;

/// What can't be done: the status, and a sentence.
pub struct Failure {
    status: u16,
    sentence: String,
}

impl Failure {
    pub fn new(status: u16, sentence: &str) -> Self {
        Self { status, sentence: sentence.to_owned() }
    }
}

/// Errors of the storages hold no secrets.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = if matches!(error.kind, ErrorKind::NotFound) { 404 } else { 502 };
        Self { status, sentence: format!("{}: {}", name(&error.kind), error.message) }
    }
}

fn name(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "not-found",
        ErrorKind::InvalidKey => "invalid-key",
        ErrorKind::InvalidConfig(_) => "invalid-config",
        ErrorKind::AccessDenied => "access-denied",
        ErrorKind::NoSuchBucket => "no-such-bucket",
        ErrorKind::Unavailable => "unavailable",
        _ => "failed",
    }
}

pub fn failed(Failure { status, sentence }: Failure) -> Response {
    bytes(status, format!("{sentence}\n").into_bytes())
}

pub fn empty(status: u16) -> Response {
    bytes(status, Vec::new())
}

/// An answer of these bytes.
pub fn bytes(status: u16, content: Vec<u8>) -> Response {
    let (mut writer, reader) = wit_stream::new::<u8>();
    let size = content.len() as u64;
    stream(status, size, reader, async move {
        writer.write_all(content).await;
        Ok(())
    })
}

/// An answer of a stream. What its end says becomes the answer's: one that broke off is not taken for whole.
pub fn stream(
    status: u16,
    size: u64,
    content: StreamReader<u8>,
    end: impl Future<Output = Result<(), ErrorCode>> + 'static,
) -> Response {
    let (writer, trailers) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| Ok(None));
    let fields = Fields::new();
    // A host that refuses the length sends the body in chunks.
    let _refused = fields.append("content-length", size.to_string().as_bytes());
    let (response, _transmission) = Response::new(fields, Some(content), trailers);
    // Each status here is one.
    let _refused = response.set_status_code(status);
    wit_bindgen::spawn_local(async move {
        // Where nobody wants to know, the client has left.
        let _unwanted = writer.write(end.await.map(|()| None)).await;
    });
    response
}
