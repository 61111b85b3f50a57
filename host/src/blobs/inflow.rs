//! What streams into the component: read from the caller's content as the component takes it.

use super::pieces::PIECE;
use crate::instance::State;
use crate::patience::Pulse;
use bytes::{Bytes, BytesMut};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::AsyncRead;
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::poll_read_buf;
use wasmtime::StoreContextMut;
use wasmtime::component::{Accessor, Destination, FutureReader, StreamProducer, StreamReader, StreamResult};

/// How many pieces wait for the component. With [`PIECE`] that is 512 KiB.
const WAITING: usize = 2;

/// Whether a content's end was its end.
type ContentEnd = FutureReader<Result<(), String>>;

/// What is said of a content that its caller gave up.
const GIVEN_UP: &str = "the caller gave up";

/// The store's end, on its way into a call.
pub(super) struct Outlet {
    pieces: mpsc::Receiver<Bytes>,
    end: oneshot::Receiver<Result<(), String>>,
    pub(super) pulse: Arc<Pulse>,
}

/// Has a call take a content, and ends with the call. Dropped before, it leaves the call with a content that was given up.
///
/// Beside the call's result it tells why the content could not be read to its end, where that is so.
pub(super) async fn pour<F: Future>(
    content: impl AsyncRead,
    call: impl FnOnce(Outlet) -> F,
) -> (F::Output, Option<io::Error>) {
    let (sender, pieces) = mpsc::channel(WAITING);
    let (verdict, end) = oneshot::channel();
    let mut call = pin!(call(Outlet { pieces, end, pulse: Pulse::new() }));
    let pumping = async move {
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

/// Reads a content to its end, or until nobody takes more of it.
async fn pump(content: impl AsyncRead, pieces: &mpsc::Sender<Bytes>) -> io::Result<()> {
    let mut content = pin!(content);
    let mut buffer = BytesMut::new();
    loop {
        // Nothing is read that there is no room for.
        let Ok(room) = pieces.reserve().await else { return Ok(()) };
        buffer.reserve(PIECE);
        if poll_fn(|cx| poll_read_buf(content.as_mut(), cx, &mut buffer)).await? == 0 {
            return Ok(());
        }
        room.send(buffer.split().freeze());
    }
}

impl Outlet {
    /// The content, and what is to be said of its end.
    pub(super) fn open(self, accessor: &Accessor<State>) -> wasmtime::Result<(StreamReader<u8>, ContentEnd)> {
        let Self { pieces, end, pulse } = self;
        let end = async move { Ok::<_, wasmtime::Error>(end.await.unwrap_or_else(|_| Err(GIVEN_UP.to_owned()))) };
        accessor.with(|mut access| {
            let content = StreamReader::new(&mut access, Producer { pieces, pulse })?;
            Ok((content, FutureReader::new(&mut access, end)?))
        })
    }

    /// The content alone.
    pub(super) fn open_stream(self, accessor: &Accessor<State>) -> wasmtime::Result<StreamReader<u8>> {
        let Self { pieces, pulse, .. } = self;
        accessor.with(|access| StreamReader::new(access, Producer { pieces, pulse }))
    }
}

struct Producer {
    pieces: mpsc::Receiver<Bytes>,
    pulse: Arc<Pulse>,
}

impl StreamProducer<State> for Producer {
    type Item = u8;
    type Buffer = Bytes;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, State>,
        mut destination: Destination<'a, u8, Bytes>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            // It asks whether something is there, which the next read will tell.
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let result = match self.pieces.poll_recv(cx) {
            Poll::Ready(Some(piece)) => {
                destination.set_buffer(piece);
                StreamResult::Completed
            }
            Poll::Ready(None) => StreamResult::Dropped,
            Poll::Pending if finish => StreamResult::Cancelled,
            Poll::Pending => {
                self.pulse.callers_turn();
                return Poll::Pending;
            }
        };
        self.pulse.components_turn();
        Poll::Ready(Ok(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a call hears of a content.
    async fn heard(outlet: Outlet) -> (Vec<u8>, Result<(), String>) {
        let Outlet { mut pieces, end, .. } = outlet;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.recv().await {
            assert!(piece.len() <= 2 * PIECE);
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
        let ((bytes, end), broken) = pour(&content[..], heard).await;
        assert!(bytes == content && end == Ok(()) && broken.is_none());
        let ((bytes, end), broken) = pour(Breaking, heard).await;
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
        let mut pouring = Box::pin(pour(NeverReady, |outlet| async {
            drop(call.send(tokio::spawn(heard(outlet))));
            std::future::pending::<()>().await;
        }));
        let task = tokio::select! {
            _ = &mut pouring => unreachable!("it never ends"),
            task = called => task.unwrap(),
        };
        drop(pouring);
        assert_eq!(task.await.unwrap(), (Vec::new(), Err(GIVEN_UP.to_owned())));
    }
}
