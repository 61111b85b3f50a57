//! Streams of the WIT package: what comes in as the core's contents, what goes out from the core's readers.
//!
//! What goes out is fetched as it is taken: a write ends when the other end has read all of it, and only then the next
//! piece is asked for, so a slow reader holds back the download.
//!
//! How often a byte is copied, besides by the kernel and by TLS. Down, by `read-stream` twice: from what the host received into
//! the component's memory, and from there into a piece for the caller, who may keep it. The component itself copies nothing:
//! what a piece comes in goes out, and takes the next piece. By `read-unchecked` a byte does not come here at all: the stream
//! that goes out is the response's own, and the host library gives its caller the pieces that were read from the connection.
//! Up, five times: from the caller's content into a piece of the host's, since a content may be slow and the component's memory
//! can't wait for it; into the component; into the part, which is sent again whole if it fails; into what is written to the
//! request, which the host takes for good while the part stays; and into what the host sends. The component uses its
//! buffers again, since memory that is freed is wiped, which is one copy more. In the host the first and the last of the five
//! are memory of their own for each piece, the last one wasmtime-wasi-http's.
//!
//! Of the processor time of an upload over HTTPS copying is 36 %, the component's own code 15 % (over HTTP 33 and 22 %), most of
//! that CRC-64. Were the host to compute it in the component's place, that would save a tenth of the whole, for which the
//! component would have to take its host's word for what it sends: so it computes it itself.

use bytes::Bytes;
use futures_util::stream;
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use crate::blob::{self, Content, End};
use crate::error::{Error, ErrorKind};
use crate::wasi::bindings::exports::ossicle::storage::blob_driver::{DriverError, FileInfo, FileState, UploadInfo};
use crate::wasi::bindings::wit_stream::StreamPayload;
use crate::wasi::bindings::{wit_future, wit_stream};
use crate::wasi::{Wasi, background};

/// How a stream ended.
type Ended = FutureReader<Result<(), DriverError>>;

/// A file that is read.
pub(in crate::wasi) type Read = (FileState, StreamReader<u8>, Ended);

/// A walk.
pub(in crate::wasi) type Walked = (StreamReader<FileInfo>, Ended);

/// A list of uploads, after the `Date` of OSS's first answer.
pub(in crate::wasi) type Listed = (Option<u64>, StreamReader<UploadInfo>, Ended);

/// What one read of a content moves at most.
const CHUNK: usize = 256 * 1024;

/// A content that comes in. What a piece came in takes the next one, if the core has let go of it: to make a new buffer for
/// each, and to wipe it, would be a second copy of all bytes.
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

/// Whether a content's end was its end.
pub(in crate::wasi) fn end_of(end: FutureReader<Result<(), String>>) -> End<'static> {
    Box::pin(async { end.await })
}

/// A file that goes out.
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
        // Nobody may be waiting for it.
        let _unread = end.write(result).await;
    });
    (state, bytes, ended)
}

/// A walk that goes out.
pub(in crate::wasi) fn walk(mut walk: blob::Walk<Wasi>) -> Walked {
    pages(async move || walk.page().await)
}

/// A list of uploads that goes out.
pub(in crate::wasi) fn uploads(mut uploads: blob::Uploads<Wasi>) -> Listed {
    let date = uploads.date();
    let (entries, ended) = pages(async move || uploads.page().await);
    (date, entries, ended)
}

/// What comes page by page goes out one by one.
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

/// How a stream ends that was not read to its end.
fn given_up() -> Result<(), DriverError> {
    let message = "the stream was not read to its end".to_owned();
    let kind = ErrorKind::Conflict;
    let error =
        Error { kind, key: None, message, answer: None, retryable: true, undecided: false, no_credentials: false };
    Err(blob::DriverError::from(error).into())
}
