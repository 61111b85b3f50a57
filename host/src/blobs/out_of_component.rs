//! A stream from the component to the caller. At most `WAITING` pieces are buffered, so that the component waits for a slow
//! caller; the result of the component's call follows the last piece.

use super::caller::{CallerLimit, Cut};
use super::error::BlobError;
use super::pieces::{Entry, WAITING, take};
use crate::engine::StoreData;
use crate::error::Error;
use crate::progress::Progress;
use crate::wit::blob_driver as wit;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::PollSender;
use wasmtime::StoreContextMut;
use wasmtime::component::{Accessor, FutureConsumer, FutureReader, Source, StreamConsumer, StreamReader, StreamResult};

/// How the component says that a stream ended.
pub(super) type Ended = Result<(), wit::DriverError>;

/// The caller's end of the stream.
pub(super) struct StreamReceiver<P> {
    pieces: mpsc::Receiver<P>,
    /// The result of the call, which lasts as long as the stream.
    end: End,
}

enum End {
    /// It is still to come.
    Awaited(BoxFuture<'static, Result<(), BlobError>>),
    /// It is to be told behind the pieces that wait. None once that has happened.
    Known(Option<BlobError>),
}

/// The store's end, which a call passes what it reads to.
pub(super) struct ToCaller<P, H = ()> {
    pub(super) pieces: mpsc::Sender<P>,
    /// Told when the stream has begun, with what comes before it.
    pub(super) begun: oneshot::Sender<H>,
    pub(super) pulse: Arc<Progress>,
    pub(super) caller: CallerLimit,
}

impl<P: Send> StreamReceiver<P> {
    /// Has a call stream out, to a caller who may stand still for so long. Ends when the stream has begun, or can't.
    /// Beside the stream it gives what came before it.
    pub(super) async fn begin<F, H>(
        limit: Option<Duration>,
        call: impl FnOnce(ToCaller<P, H>) -> F,
    ) -> Result<(H, Self), BlobError>
    where
        F: Future<Output = Result<(), BlobError>> + Send + 'static,
    {
        let (sender, pieces) = mpsc::channel(WAITING);
        let (begun, mut has_begun) = oneshot::channel();
        let to_caller = ToCaller { pieces: sender, begun, pulse: Progress::new(), caller: CallerLimit::new(limit) };
        let mut end: BoxFuture<'static, _> = Box::pin(call(to_caller));
        let head = tokio::select! {
            biased;
            Ok(head) = &mut has_begun => head,
            result = &mut end => {
                // A short stream may be over before anybody looked.
                let Ok(head) = has_begun.try_recv() else {
                    result?;
                    let error = Error::component("it ended a stream that it never began");
                    return Err(BlobError::of(None, None, error));
                };
                end = Box::pin(std::future::ready(result));
                head
            }
        };
        Ok((head, Self { pieces, end: End::Awaited(end) }))
    }
}

impl<P> Stream for StreamReceiver<P> {
    type Item = Result<P, BlobError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let End::Awaited(end) = &mut this.end {
            if let Poll::Ready(Some(piece)) = this.pieces.poll_recv(cx) {
                return Poll::Ready(Some(Ok(piece)));
            }
            // A call that was given up ends while its stream still stands.
            let result = ready!(end.as_mut().poll(cx));
            this.end = End::Known(result.err());
            this.pieces.close();
        }
        if let Ok(piece) = this.pieces.try_recv() {
            return Poll::Ready(Some(Ok(piece)));
        }
        Poll::Ready(match &mut this.end {
            End::Known(failure) => failure.take().map(Err),
            End::Awaited(_) => None,
        })
    }
}

impl<E: Entry, H> ToCaller<Vec<E>, H> {
    /// Lets the entries of a walk or a list out behind what comes before it, and ends with what the component says of its end.
    pub(super) async fn drain(
        self,
        path: &str,
        head: H,
        accessor: &Accessor<StoreData>,
        stream: StreamReader<E::Wit>,
        ended: FutureReader<Ended>,
    ) -> wasmtime::Result<Result<(), BlobError>> {
        let (verdict, decided) = oneshot::channel();
        let cut: Cut = self.caller.cut();
        let pieces = PollSender::new(self.pieces);
        let consumer = Consumer::<E> { pieces, pulse: Arc::clone(&self.pulse), caller: self.caller };
        accessor.with(|mut access| {
            stream.pipe(&mut access, consumer)?;
            ended.pipe(&mut access, Verdict(Some(verdict)))
        })?;
        // The caller may have gone away.
        let _ = self.begun.send(head);
        let ended = decided.await;
        let ended = ended.map_err(|_| wasmtime::format_err!("the component does not say how the stream ended"))?;
        Ok(match cut.failure(path) {
            Some(failure) => Err(failure),
            None => ended.map_err(BlobError::from),
        })
    }
}

struct Consumer<E> {
    pieces: PollSender<Vec<E>>,
    pulse: Arc<Progress>,
    caller: CallerLimit,
}

impl<E: Entry> StreamConsumer<StoreData> for Consumer<E> {
    type Item = E::Wit;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<StoreData>,
        source: Source<'_, E::Wit>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        match self.pieces.poll_reserve(cx) {
            Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => {
                if self.caller.poll_cut(cx).is_ready() {
                    return Poll::Ready(Ok(StreamResult::Dropped));
                }
                self.pulse.callers_turn();
                return Poll::Pending;
            }
            // Nobody reads any more.
            Poll::Ready(Err(_)) => return Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Ready(Ok(())) => {
                self.caller.moved();
                self.pulse.components_turn();
            }
        }
        if source.remaining(&mut store) > 0 {
            let piece = take::<E>(&mut store, source)?;
            // Room was reserved, so it fails only when the caller went away meanwhile.
            if self.pieces.send_item(piece).is_err() {
                return Poll::Ready(Ok(StreamResult::Dropped));
            }
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

struct Verdict(Option<oneshot::Sender<Ended>>);

impl FutureConsumer<StoreData> for Verdict {
    type Item = Ended;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<StoreData>,
        mut source: Source<'_, Ended>,
        _: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut verdict = None;
        source.read(store, &mut verdict)?;
        if let (Some(verdict), Some(waiting)) = (verdict, self.0.take()) {
            // The instance may be on its way out.
            let _ = waiting.send(verdict);
        }
        Poll::Ready(Ok(()))
    }
}
