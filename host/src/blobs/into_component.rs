//! A stream from the caller into the component. The caller's content is read only as fast as the component takes it.

use super::caller::{CallerLimit, Cut};
use super::pieces::PIECE;
use crate::admission::Upload;
use crate::engine::StoreData;
use crate::progress::Progress;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt, stream};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::poll_read_buf;
use wasmtime::StoreContextMut;
use wasmtime::component::{Accessor, Destination, FutureReader, StreamProducer, StreamReader, StreamResult};

/// How many pieces wait for the component. With [`PIECE`] that is 512 KiB.
const WAITING: usize = 2;

/// What a read has room for at least: as much as a pipe holds.
const LEAST: usize = 64 << 10;

/// Whether a content's end was its end.
type ContentEnd = FutureReader<Result<(), String>>;

/// What is said of a content that its caller gave up.
const GIVEN_UP: &str = "the caller gave up";

/// What is said of one whose caller brought nothing for too long.
const STOOD_STILL: &str = "the caller brought nothing more";

/// The store's end, from which a call takes the content.
pub(super) struct FromCaller {
    pieces: mpsc::Receiver<Bytes>,
    end: oneshot::Receiver<Result<(), String>>,
    /// Told when the call has its turn and its room: nothing is read of the content before.
    admitted: Option<oneshot::Sender<()>>,
    pub(super) pulse: Arc<Progress>,
    pub(super) upload: Arc<Upload>,
    caller: CallerLimit,
}

/// Sends a caller's content to a call, and ends with the call. `limit` bounds how long the caller may bring nothing. Dropped
/// before, it leaves the call with a content that was given up.
///
/// Beside the call's result it tells why the content could not be read to its end, where that is so.
pub(super) async fn send_content<F: Future>(
    content: impl Stream<Item = io::Result<Bytes>>,
    upload: Arc<Upload>,
    limit: Option<Duration>,
    call: impl FnOnce(FromCaller) -> F,
) -> (F::Output, Option<io::Error>) {
    let (sender, pieces) = mpsc::channel(WAITING);
    let (verdict, end) = oneshot::channel();
    let (admit, admitted) = oneshot::channel();
    let (pulse, caller) = (Progress::new(), CallerLimit::new(limit));
    let from_caller = FromCaller { pieces, end, admitted: Some(admit), pulse, upload, caller };
    let mut call = pin!(call(from_caller));
    let pumping = async move {
        if admitted.await.is_err() {
            return Ok(());
        }
        let result = pump(content, &sender).await;
        // The end is told before the stream ends, and whoever took neither does not want to know.
        let _ = verdict.send(result.as_ref().map(|_| ()).map_err(ToString::to_string));
        drop(sender);
        result
    };
    let mut broken = None;
    tokio::select! {
        biased;
        result = &mut call => return (result, None),
        pumped = pumping => broken = pumped.err().or(broken),
    }
    (call.await, broken)
}

/// Takes a content to its end, or until nobody takes more of it.
async fn pump(content: impl Stream<Item = io::Result<Bytes>>, pieces: &mpsc::Sender<Bytes>) -> io::Result<()> {
    let mut content = pin!(content);
    let mut piece = Bytes::new();
    loop {
        // Nothing is read that there is no room for.
        let Ok(room) = pieces.reserve().await else { return Ok(()) };
        while piece.is_empty() {
            match content.try_next().await? {
                Some(next) => piece = next,
                None => return Ok(()),
            }
        }
        room.send(piece.split_to(piece.len().min(PIECE)));
    }
}

/// What is read of a content, piece by piece.
pub(super) fn read(content: impl AsyncRead) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((Box::pin(content), BytesMut::new()), async |(mut content, mut buffer)| {
        // A new buffer for each read that is shorter than a piece would be made, and in the command wiped, for nothing.
        if buffer.capacity() < LEAST {
            buffer.reserve(PIECE);
        }
        let count = poll_fn(|cx| poll_read_buf(content.as_mut(), cx, &mut buffer)).await?;
        Ok((count > 0).then(|| (buffer.split().freeze(), (content, buffer))))
    })
}

impl FromCaller {
    /// The call has its turn and its room.
    pub(super) fn admitted(&mut self) {
        // The component's time counts from here.
        self.pulse.components_turn();
        if let Some(admitted) = self.admitted.take() {
            // The caller may have gone away.
            let _ = admitted.send(());
        }
    }

    /// Whether the caller stood still for too long.
    pub(super) fn cut(&self) -> Cut {
        self.caller.cut()
    }

    /// The content, and what is to be said of its end.
    pub(super) fn open(self, accessor: &Accessor<StoreData>) -> wasmtime::Result<(StreamReader<u8>, ContentEnd)> {
        let cut = self.cut();
        let (producer, end) = self.split();
        let end = async move {
            Ok::<_, wasmtime::Error>(tokio::select! {
                biased;
                end = end => end.unwrap_or_else(|_| Err(GIVEN_UP.to_owned())),
                () = cut.happened() => Err(STOOD_STILL.to_owned()),
            })
        };
        accessor.with(|mut access| {
            let content = StreamReader::new(&mut access, producer)?;
            Ok((content, FutureReader::new(&mut access, end)?))
        })
    }

    /// The content alone.
    pub(super) fn open_stream(self, accessor: &Accessor<StoreData>) -> wasmtime::Result<StreamReader<u8>> {
        let (producer, _) = self.split();
        accessor.with(|access| StreamReader::new(access, producer))
    }

    fn split(self) -> (Producer, oneshot::Receiver<Result<(), String>>) {
        let Self { pieces, end, pulse, upload, caller, .. } = self;
        (Producer { pieces, next: None, pulse, upload, caller }, end)
    }
}

struct Producer {
    pieces: mpsc::Receiver<Bytes>,
    /// What waits for room in the instance.
    next: Option<Bytes>,
    pulse: Arc<Progress>,
    upload: Arc<Upload>,
    caller: CallerLimit,
}

impl Producer {
    /// What is given to the component next. None at the content's end, and when its caller has stood still for too long.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.next.is_none() {
            let Poll::Ready(piece) = self.pieces.poll_recv(cx) else {
                self.pulse.callers_turn();
                return self.caller.poll_cut(cx).map(|()| None);
            };
            self.caller.moved();
            let Some(piece) = piece else { return Poll::Ready(None) };
            self.next = Some(piece);
        }
        let bytes = self.next.as_ref().map_or(0, Bytes::len) as u64;
        if self.upload.poll_room(bytes, cx).is_pending() {
            // With a whole part and more the component has something to do.
            if self.upload.can_go_on() {
                self.pulse.components_turn()
            } else {
                self.pulse.nobodys_turn()
            }
            return Poll::Pending;
        }
        self.upload.gave(bytes);
        Poll::Ready(self.next.take())
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.upload.pause();
    }
}

impl StreamProducer<StoreData> for Producer {
    type Item = u8;
    type Buffer = Bytes;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, StoreData>,
        mut destination: Destination<'a, u8, Bytes>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            // It asks whether something is there, which the next read will tell.
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let result = match self.poll_next(cx) {
            Poll::Ready(Some(piece)) => {
                destination.set_buffer(piece);
                StreamResult::Completed
            }
            Poll::Ready(None) => StreamResult::Dropped,
            Poll::Pending if finish => {
                self.upload.pause();
                StreamResult::Cancelled
            }
            Poll::Pending => return Poll::Pending,
        };
        self.pulse.components_turn();
        Poll::Ready(Ok(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::PartSizes;

    fn upload() -> Arc<Upload> {
        Upload::new(PartSizes::new(None, None), None, 0)
    }

    /// What a call hears of a content.
    async fn heard(mut from_caller: FromCaller) -> (Vec<u8>, Result<(), String>) {
        from_caller.admitted();
        let FromCaller { mut pieces, end, .. } = from_caller;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.recv().await {
            assert!(piece.len() <= PIECE);
            bytes.extend_from_slice(&piece);
        }
        (bytes, end.await.unwrap_or_else(|_| Err(GIVEN_UP.to_owned())))
    }

    struct Breaking;

    impl AsyncRead for Breaking {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::Error::other("a bad sector")))
        }
    }

    #[tokio::test]
    async fn a_content_arrives_with_its_end() {
        let content: Vec<u8> = (0..=255).cycle().take(3 * PIECE + 5).collect();
        let ((bytes, end), broken) = send_content(read(&content[..]), upload(), None, heard).await;
        assert!(bytes == content && end == Ok(()) && broken.is_none());
        // What comes in pieces goes on in them, where they are small enough, and an empty one is no end.
        let pieces = [&content[..5], &[], &content[5..]].map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let ((bytes, end), broken) = send_content(stream::iter(pieces), upload(), None, heard).await;
        assert!(bytes == content && end == Ok(()) && broken.is_none());
        let ((bytes, end), broken) = send_content(read(Breaking), upload(), None, heard).await;
        assert_eq!((bytes, end), (Vec::new(), Err("a bad sector".to_owned())));
        assert_eq!(broken.map(|error| error.to_string()).as_deref(), Some("a bad sector"));
    }

    struct NeverReady;

    impl AsyncRead for NeverReady {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn giving_up_is_no_end() {
        let (call, called) = oneshot::channel();
        let mut sending = Box::pin(send_content(read(NeverReady), upload(), None, |from_caller| async {
            drop(call.send(tokio::spawn(heard(from_caller))));
            std::future::pending::<()>().await;
        }));
        let task = tokio::select! {
            _ = &mut sending => unreachable!("it never ends"),
            task = called => task.unwrap(),
        };
        drop(sending);
        assert_eq!(task.await.unwrap(), (Vec::new(), Err(GIVEN_UP.to_owned())));
    }

    struct Counted<'a>(&'a std::sync::atomic::AtomicUsize);

    impl AsyncRead for Counted<'_> {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Poll::Ready(Ok(()))
        }
    }

    /// 4.2: an upload waits for its room before its bytes are read.
    #[tokio::test]
    async fn nothing_is_read_before_the_call_is_admitted() {
        let reads = std::sync::atomic::AtomicUsize::new(0);
        let ((), broken) = send_content(read(Counted(&reads)), upload(), None, |mut from_caller| {
            let reads = &reads;
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                assert_eq!(reads.load(std::sync::atomic::Ordering::SeqCst), 0);
                from_caller.admitted();
                assert!(from_caller.pieces.recv().await.is_none());
            }
        })
        .await;
        assert!(broken.is_none() && reads.load(std::sync::atomic::Ordering::SeqCst) == 1);
    }
}
