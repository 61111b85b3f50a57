//! Stores uploads in OSS, so that any process can continue them.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Checkout;
use super::live::{ContentLocation, LiveUpload};
use super::locate::WriterOf;
use super::table::Leftover;
use crate::failure::{ErrorCode, Failure};
use crate::layout;
use crate::links::found;
use crate::name::RepositoryName;
use crate::ports::{Clock, Guard, Ports, Storage, StorageErrorKind, Writer};
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// Stores uploads in OSS that no request has used for this long. To be called about every second with 2 seconds,
    /// and with zero before a process ends. Also removes what finished uploads have left in OSS. Returns how many
    /// uploads were stored.
    ///
    /// # Errors
    /// The first error of an upload that could not be stored and is still in memory, or whose files could not be
    /// removed.
    pub async fn suspend_idle(&self, unused_for: Duration) -> Result<usize, Failure> {
        let now = self.environment().monotonic();
        let mut suspended = 0;
        let mut failure = None;
        for left in self.sessions().take_leftovers() {
            let removed = match &left {
                Leftover::Upload(name, uuid) => self.remove_remains(name, uuid).await,
                Leftover::Files(paths) => self.delete_files(paths).await,
            };
            if let Err(error) = removed {
                self.sessions().note_leftover(left);
                failure = failure.or(Some(error));
            }
        }
        for (name, uuid) in self.sessions().unused(now, unused_for) {
            // Otherwise a request is using it by now.
            if let Some(checkout) = self.sessions().claim_to_keep(&name, &uuid, now) {
                match self.suspend(&name, &uuid, checkout).await {
                    Ok(()) => suspended += 1,
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        failure.map_or(Ok(suspended), Err)
    }

    /// Stores one upload in OSS: its content, its hash state and its start time, the latter two in distribution's
    /// format. Then removes what it has replaced. 3 requests if all of it was in memory.
    pub(super) async fn suspend(
        &self,
        name: &RepositoryName,
        uuid: &str,
        mut checkout: Checkout<'_, WriterOf<P>>,
    ) -> Result<(), Failure> {
        let live = &mut *checkout.live;
        if live.offset == 0 || live.aim.is_some() {
            // Either the `Location` contains everything, or the content is part of a body that was to go to a blob's
            // path and failed: it is not stored, because nobody would look for it there.
            live.cancel(self.storage()).await?;
            checkout.forget();
            return Ok(());
        }
        let flushed = self.flush(name, uuid, live).await;
        if live.check().is_err() {
            return self.evict_unsound(checkout).await;
        }
        flushed?;
        if matches!(live.location, ContentLocation::Memory) {
            self.put_held(name, uuid, live).await?;
        }
        let state_path = layout::upload_hash_state(name, uuid, &live.session, live.hasher.algorithm(), live.offset);
        live.has_files = true;
        // The parts are stored last: without the hash state, the process that continues would have to read them back.
        try_join(
            self.put_start(name, uuid, live.started_at),
            self.put_file(&state_path, Bytes::from(live.hasher.to_go_state())),
        )
        .await?;
        // If the upload does not exist any more, another process has continued it.
        if let ContentLocation::Writer(writer) = &mut live.location {
            found(writer.close().await)?;
        }
        let superseded = std::mem::take(&mut live.superseded);
        checkout.forget();
        if !superseded.is_empty() && self.delete_files(&superseded).await.is_err() {
            // These files do no harm and are removed later.
            self.sessions().note_leftover(Leftover::Files(superseded));
        }
        Ok(())
    }

    /// Says when an upload began, in distribution's form: its purge goes by that. 1 request.
    pub(super) async fn put_start(&self, name: &RepositoryName, uuid: &str, started_at: u64) -> Result<(), Failure> {
        let began = OffsetDateTime::from_unix_timestamp(i64::try_from(started_at).unwrap_or_default());
        let began = began.ok().and_then(|began| began.format(&Rfc3339).ok()).ok_or_else(|| {
            let message = "the time at which the upload began can't be written";
            Failure::new(http::StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Unknown, message)
        })?;
        self.put_file(&layout::upload_started_at(name, uuid), Bytes::from(began)).await
    }

    /// Makes or replaces a file of an upload. 1 request.
    pub(super) async fn put_file(&self, path: &str, content: Bytes) -> Result<(), Failure> {
        self.storage().put(path, content, Guard::default()).await?;
        Ok(())
    }

    /// Makes a file of an upload that is in memory. 1 request.
    async fn put_held(
        &self,
        name: &RepositoryName,
        uuid: &str,
        live: &mut LiveUpload<WriterOf<P>>,
    ) -> Result<(), Failure> {
        let content = live.held.clone().freeze();
        let mut put = self.storage().put(&live.path, content.clone(), Guard::CREATE_ONLY).await;
        if put.as_ref().is_err_and(|error| error.kind == StorageErrorKind::Exists) {
            // An earlier call was dropped after its request was sent, and more content may have arrived since.
            live.rename(name, uuid, self.new_session());
            put = self.storage().put(&live.path, content, Guard::CREATE_ONLY).await;
        }
        if put.is_err() {
            live.rename(name, uuid, self.new_session());
        }
        put?;
        live.held.clear();
        live.location = ContentLocation::File;
        Ok(())
    }
}
