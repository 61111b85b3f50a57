//! The streams of the WIT package: converts incoming ones to the core's contents, and the core's readers to outgoing
//! ones.
//!
//! Outgoing bytes are fetched as they are read: a write ends when the other end has read all of it, and only then the
//! next piece is requested, so a slow reader slows down the download.
//!
//! How often a byte is copied, not counting the kernel and TLS. Down, by `read-stream` twice: from the host's buffer
//! into the component's memory, and from there into a piece for the caller, who may keep it. The component itself
//! copies nothing: the buffer of an incoming piece is the outgoing one, and is then reused. By `read-unchecked` a byte
//! does not enter the component at all: the outgoing stream is the response's own, and the host library passes the
//! pieces that were read from the connection to its caller. Up, five times: from the caller's content into a piece of
//! the host, because a content may be slow and the component's memory can't wait for it; into the component; into the
//! part, which is sent again as a whole if it fails; into the buffer that is written to the request, which the host
//! keeps while the part remains; and into the buffer that the host sends. The component reuses its buffers, because
//! freed memory is wiped, which costs as much as a copy. In the host, the first and the last of the five are separate
//! buffers for each piece, the last one wasmtime-wasi-http's.
//!
//! Of the processor time of an upload over HTTPS, copying takes 36 % and the component's own code 15 % (over HTTP 33
//! and 22 %), most of that for CRC-64. If the host computed it instead, that would save a tenth of the whole, but the
//! component would have to trust the host about what it sends. So the component computes it.

use bytes::Bytes;
use futures_util::stream;
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use crate::blob::{self, Content, End};
use crate::error::{Error, ErrorKind};
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{DriverError, FileInfo, FileState, UploadInfo};
use crate::wasi::bindings::wit_stream::StreamPayload;
use crate::wasi::bindings::{wit_future, wit_stream};
use crate::wasi::{Wasi, background};

/// The result of a stream.
type Ended = FutureReader<Result<(), DriverError>>;

/// A file that is read.
pub(in crate::wasi) type Read = (FileState, StreamReader<u8>, Ended);

/// A walk.
pub(in crate::wasi) type Walked = (StreamReader<FileInfo>, Ended);

/// A list of uploads, after the `Date` of OSS's first response.
pub(in crate::wasi) type Listed = (Option<u64>, StreamReader<UploadInfo>, Ended);

/// The most bytes of one read of a content.
const CHUNK: usize = 256 * 1024;

/// An incoming content. The buffer of a piece is reused for the next one, if the core has released it: allocating and
/// wiping a new buffer for each would cost as much as a second copy of all bytes.
pub(in crate::wasi) fn content(reader: StreamReader<u8>) -> Content<'static> {
    Box::pin(stream::unfold((Some(reader), Bytes::new()), async |(reader, before)| {
        let mut reader = reader?;
        let mut buffer = before.try_into_mut().map_or_else(
            |_held| Vec::new(),
            |mut free| {
                free.clear();
                free.into()
            },
        );
        loop {
            buffer.reserve(CHUNK);
            let (result, bytes) = reader.read(buffer).await;
            let goes_on = matches!(result, StreamResult::Complete(_));
            if !bytes.is_empty() {
                let piece = Bytes::from(bytes);
                return Some((piece.clone(), (goes_on.then_some(reader), piece)));
            }
            if !goes_on {
                return None;
            }
            buffer = bytes;
        }
    }))
}

/// Whether a content ended because it is complete.
pub(in crate::wasi) fn end_of(end: FutureReader<Result<(), String>>) -> End<'static> {
    Box::pin(async { end.await })
}

/// Returns a file as a stream.
pub(in crate::wasi) fn read(mut reader: blob::Reader<Wasi>) -> Read {
    let state = reader.state().clone().into();
    let (mut writer, bytes) = wit_stream::new::<u8>();
    let (end, ended) = wit_future::new(given_up);
    background::run(async move {
        let result = loop {
            match reader.chunk().await {
                Ok(Some(chunk)) => {
                    let rest = writer.write_all(chunk.into()).await;
                    if !rest.is_empty() {
                        break given_up();
                    }
                    reader.reuse(rest);
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            }
        };
        drop(writer);
        // The other end may have been dropped.
        let _unread = end.write(result).await;
    });
    (state, bytes, ended)
}

/// Returns a walk as a stream.
pub(in crate::wasi) fn walk(mut walk: blob::Walk<Wasi>) -> Walked {
    pages(async move || walk.page().await)
}

/// Returns a list of uploads as a stream.
pub(in crate::wasi) fn uploads(mut uploads: blob::Uploads<Wasi>) -> Listed {
    let date = uploads.date();
    let (entries, ended) = pages(async move || uploads.page().await);
    (date, entries, ended)
}

/// Writes the entries of pages one by one.
fn pages<T, U>(
    mut next: impl AsyncFnMut() -> Result<Option<Vec<T>>, blob::DriverError> + 'static,
) -> (StreamReader<U>, Ended)
where
    T: 'static,
    U: StreamPayload + From<T>,
{
    let (mut writer, items) = wit_stream::new::<U>();
    let (end, ended) = wit_future::new(given_up);
    background::run(async move {
        let result = loop {
            match next().await {
                Ok(Some(page)) => {
                    if !writer.write_all(page.into_iter().map(Into::into).collect()).await.is_empty() {
                        break given_up();
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            }
        };
        drop(writer);
        let _unread = end.write(result).await;
    });
    (items, ended)
}

/// The result of a stream that was not read to its end.
fn given_up() -> Result<(), DriverError> {
    let message = "the stream was not read to its end".to_owned();
    let kind = ErrorKind::Conflict;
    let error =
        Error { kind, key: None, message, answer: None, retryable: true, undecided: false, no_credentials: false };
    Err(blob::DriverError::from(error).into())
}
