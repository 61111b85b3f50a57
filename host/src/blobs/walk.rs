//! Entries on their way to the caller: everything below a directory, or uploads.

use super::error::BlobError;
use super::info::{FileInfo, UploadInfo};
use super::operations::{Result as Told, failure};
use super::out_of_component::{Inlet, Outflow};
use super::pieces::Entry;
use crate::call::TimeLimit;
use crate::instance::{Guest, Needs, Operation};
use crate::moment::moment;
use crate::wit::types;
use futures_util::Stream;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
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
    batches: Outflow<Vec<E>>,
    current: VecDeque<E>,
}

impl<E: Entry> Entries<E> {
    pub(super) fn new(date: Option<SystemTime>, batches: Outflow<Vec<E>>) -> Self {
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
pub(super) struct WalkCall {
    pub(super) path: String,
    pub(super) start_after: Option<String>,
    pub(super) inlet: Inlet<Vec<FileInfo>>,
}

impl Operation for WalkCall {
    const OPERATION: &'static str = "walk";
    type Output = Told<()>;

    fn key(&self) -> &str {
        &self.path
    }

    fn needs(&self) -> Needs {
        Needs::Download { bytes: HELD }
    }

    fn admitted(&mut self) {
        // The component's time counts from here.
        self.inlet.pulse.components_turn();
    }

    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Stream(Arc::clone(&self.inlet.pulse))
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    async fn run(self, guest: Guest<'_>) -> wasmtime::Result<Result<Self::Output, types::Error>> {
        let Self { path, start_after, inlet } = self;
        let (opened,) = guest.invoke(guest.blobs()?.func_walk(), (guest.storage, path.clone(), start_after)).await?;
        Ok(Ok(match opened {
            Ok((stream, ended)) => inlet.drain(&path, (), guest.accessor, stream, ended).await?,
            Err(error) => Err(BlobError::from(error)),
        }))
    }
}

/// Lists uploads.
pub(super) struct ListUploads {
    pub(super) path: String,
    pub(super) older_than: u64,
    pub(super) inlet: Inlet<Vec<UploadInfo>, Option<SystemTime>>,
}

impl Operation for ListUploads {
    const OPERATION: &'static str = "list-uploads";
    type Output = Told<()>;

    fn key(&self) -> &str {
        &self.path
    }

    fn needs(&self) -> Needs {
        Needs::Download { bytes: HELD }
    }

    fn admitted(&mut self) {
        // The component's time counts from here.
        self.inlet.pulse.components_turn();
    }

    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Stream(Arc::clone(&self.inlet.pulse))
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    async fn run(self, guest: Guest<'_>) -> wasmtime::Result<Result<Self::Output, types::Error>> {
        let Self { path, older_than, inlet } = self;
        let function = guest.blobs()?.func_list_uploads();
        let (opened,) = guest.invoke(function, (guest.storage, path.clone(), older_than)).await?;
        Ok(Ok(match opened {
            Ok((date, stream, ended)) => inlet.drain(&path, date.map(moment), guest.accessor, stream, ended).await?,
            Err(error) => Err(BlobError::from(error)),
        }))
    }
}
