//! `read-stream` of the component that keeps blobs: it checks what comes, and goes on where that breaks off, whatever the host.

use super::exports::ossicle::storage::blob_driver::{BlobOptions, GuestIndices, ReadCondition};
use super::exports::ossicle::storage::types::ErrorKind;
use super::{Line, State, config, link, ossicle_crc64};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use ossicle_component::BLOBS;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{FutureConsumer, Lift, Source, StreamConsumer, StreamResult};
use wasmtime_wasi_http::{Error, WasiBody};

/// What the server does with a file that is asked for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    None,
    /// A bit of it is another one.
    Damaged,
    /// The whole breaks off in its middle; a range comes.
    Cut,
    /// So does the whole, and ranges are ignored.
    CutAndWhole,
}

fn file() -> Vec<u8> {
    (0..700_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

impl Fault {
    pub(crate) fn answer(self, request: &http::Request<WasiBody>) -> http::Response<WasiBody> {
        let (whole, range) = (file(), request.headers().get("range"));
        let from = range.map(|range| {
            let range = range.to_str().expect("text");
            range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().expect("a range to the end")
        });
        let head = http::Response::builder()
            .header("x-oss-request-id", "R")
            .header("etag", "\"E\"")
            .header("x-oss-hash-crc64ecma", ossicle_crc64(&whole));
        let (head, mut bytes) = match from.filter(|_| self != Self::CutAndWhole) {
            Some(from) => {
                let stated = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
                (head.status(206).header("content-range", stated), whole[from..].to_vec())
            }
            None => (head, whole),
        };
        let head = head.header("content-length", bytes.len());
        if self == Self::Damaged {
            bytes[300_000] ^= 1;
        }
        let is_cut = from.is_none() && matches!(self, Self::Cut | Self::CutAndWhole);
        let last = if is_cut {
            bytes.truncate(400_000);
            Some(Err(Error::HttpResponseIncomplete))
        } else {
            None
        };
        let frames = [Ok(http_body::Frame::data(Bytes::from(bytes)))].into_iter().chain(last);
        head.body(StreamBody::new(stream::iter(frames)).boxed_unsync()).expect("a response")
    }
}

/// Keeps what comes.
struct Kept(Arc<Mutex<Vec<u8>>>);

impl StreamConsumer<State> for Kept {
    type Item = u8;

    fn poll_consume(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<State>,
        source: Source<'_, u8>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut source = source.as_direct(store);
        let bytes = source.remaining();
        let count = bytes.len();
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        source.mark_read(count);
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

/// Tells what a future resolved to.
struct Told<T>(Option<oneshot::Sender<T>>);

impl<T: Lift + Send + 'static> FutureConsumer<State> for Told<T> {
    type Item = T;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<State>,
        mut source: Source<'_, T>,
        _: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut told = None;
        source.read(store, &mut told)?;
        if let (Some(told), Some(waiting)) = (told, self.0.take()) {
            let _ = waiting.send(told);
        }
        Poll::Ready(Ok(()))
    }
}

/// Reads the file, and says how the stream ended.
async fn read(fault: Fault) -> (Vec<u8>, Result<(), ErrorKind>) {
    let (mut store, linked) = link(BLOBS, Line::Content(fault));
    let indices = GuestIndices::new(&linked).expect("what it exports");
    let instance = linked.instantiate_async(&mut store).await.expect("an instance");
    let exports = indices.load(&mut store, &instance).expect("its functions");
    let options = BlobOptions {
        part_size: None,
        parts_in_flight: None,
        storage_class: None,
        encryption: None,
        copy_threshold: None,
        copy_part_size: None,
        part_md5: None,
        url_endpoint: None,
        url_addressing: None,
    };
    let kept = Arc::new(Mutex::new(Vec::new()));
    let ran = store.run_concurrent(async |accessor| {
        let driver = exports.driver();
        let opened = driver.call_open(accessor, config(3), options).await?.expect("a driver");
        let condition = ReadCondition { if_match: None, if_none_match: None };
        let begun = driver.call_read_stream(accessor, opened, "/f".to_owned(), 0, None, condition).await?;
        let (_, bytes, ended) = begun.expect("a stream");
        let (telling, told) = oneshot::channel();
        accessor.with(|mut access| {
            bytes.pipe(&mut access, Kept(Arc::clone(&kept)))?;
            ended.pipe(&mut access, Told(Some(telling)))
        })?;
        wasmtime::error::Ok(told.await.expect("an end"))
    });
    let ended = ran.await.and_then(|ended| ended).expect("no trap");
    let bytes = std::mem::take(&mut *kept.lock().expect("no panic"));
    (bytes, ended.map_err(|error| error.causes.into_iter().next().expect("a cause").error.kind))
}

#[tokio::test]
async fn the_component_checks_what_it_streams() {
    let whole = file();
    for fault in [Fault::None, Fault::Cut] {
        let (bytes, ended) = read(fault).await;
        assert!(ended.is_ok() && bytes == whole, "{ended:?} after {} bytes", bytes.len());
    }
    let (_, ended) = read(Fault::Damaged).await;
    assert!(matches!(ended, Err(ErrorKind::Corrupt)), "{ended:?}");
    let (bytes, ended) = read(Fault::CutAndWhole).await;
    assert!(matches!(ended, Err(ErrorKind::Service)) && bytes == whole[..400_000], "{ended:?}");
}
