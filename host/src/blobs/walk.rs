//! Entries on their way to the caller: everything below a directory, or uploads.

use super::error::BlobError;
use super::info::{FileInfo, UploadInfo};
use super::out_of_component::StreamReceiver;
use super::outgoing::{Begun, StreamExport};
use super::pieces::Entry;
use crate::instance::Guest;
use crate::moment::moment;
use crate::wit::blob_driver::DriverError;
use futures_util::Stream;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

/// Everything below a directory, in upstream's order: a [`Stream`] of entries.
pub type Walk = Entries<FileInfo>;

/// Uploads that were neither committed nor cancelled: a [`Stream`] of them.
pub type Uploads = Entries<UploadInfo>;

/// A listing as a [`Stream`]. Pages are asked for as they are read.
///
/// The entries are all only where it ends without an error. Dropped, it ends the listing.
#[must_use = "nothing is listed that is not read"]
pub struct Entries<E> {
    date: Option<SystemTime>,
    batches: StreamReceiver<Vec<E>>,
    current: VecDeque<E>,
}

impl<E: Entry> Entries<E> {
    pub(super) fn new(date: Option<SystemTime>, batches: StreamReceiver<Vec<E>>) -> Self {
        Self { date, batches, current: VecDeque::new() }
    }
}

impl Entries<UploadInfo> {
    /// When OSS gave its first answer, by its own clock: ages of uploads are reckoned by it.
    pub fn date(&self) -> Option<SystemTime> {
        self.date
    }
}

impl<E: Entry> Stream for Entries<E> {
    type Item = Result<E, BlobError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(entry) = self.current.pop_front() {
                return Poll::Ready(Some(Ok(entry)));
            }
            match ready!(Pin::new(&mut self.batches).poll_next(cx)) {
                Some(Ok(batch)) => self.current = batch.into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<E> fmt::Debug for Entries<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries").finish_non_exhaustive()
    }
}

/// What a listing holds in the instance: a page of a thousand names, as it came and as it is given out.
const HELD: u64 = 1 << 20;

/// Walks over a directory.
pub(super) struct OpenWalk {
    pub(super) path: String,
    pub(super) start_after: Option<String>,
}

impl StreamExport for OpenWalk {
    const OPERATION: &'static str = "walk";
    const HELD: u64 = HELD;
    type Entry = FileInfo;
    type Head = ();

    fn path(&self) -> &str {
        &self.path
    }

    async fn open(self, guest: Guest<'_>) -> wasmtime::Result<Result<Begun<Self>, DriverError>> {
        let parameters = (guest.storage, self.path, self.start_after);
        let (opened,) = guest.invoke(guest.blobs()?.func_walk(), parameters).await?;
        Ok(opened.map(|(stream, ended)| ((), stream, ended)))
    }
}

/// Lists uploads.
pub(super) struct OpenUploads {
    pub(super) path: String,
    pub(super) older_than: u64,
}

impl StreamExport for OpenUploads {
    const OPERATION: &'static str = "list-uploads";
    const HELD: u64 = HELD;
    type Entry = UploadInfo;
    type Head = Option<SystemTime>;

    fn path(&self) -> &str {
        &self.path
    }

    async fn open(self, guest: Guest<'_>) -> wasmtime::Result<Result<Begun<Self>, DriverError>> {
        let parameters = (guest.storage, self.path, self.older_than);
        let (opened,) = guest.invoke(guest.blobs()?.func_list_uploads(), parameters).await?;
        Ok(opened.map(|(date, stream, ended)| (date.map(moment), stream, ended)))
    }
}
