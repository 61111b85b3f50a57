//! Decides whether a link counts (rule 3), and writes links (rule 4).

use std::sync::Arc;

use bytes::Bytes;

use super::Pushes;
use crate::digest::Digest;
use crate::gc::facts::{Kind, Presence};
use crate::gc::rule::Rule;
use crate::gc::view::View;
use crate::layout;
use crate::links::{Lookup, found, link_path, look_up};
use crate::name::RepositoryName;
use crate::ports::{Clock, Guard, ObjectInfo, Storage, StorageError, StorageErrorKind, Window};

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Returns what is known about a link and its content, if both exist and count as present under the view. They are
    /// read after the view. No request if this is remembered.
    pub(super) async fn present(
        &self,
        view: &Arc<View>,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        lookup: Lookup,
    ) -> Result<Option<Presence>, StorageError> {
        let counts = |presence: &Presence| view.is_present(digest, presence);
        if let Some(remembered) = self.epochs.confirmed(self.clock, kind, name, digest) {
            return Ok(Some(remembered).filter(counts));
        }
        let storage = self.storage;
        let stat = |path: String| async move { storage.stat(&path).await };
        let looked_up = look_up(storage, kind, name, digest, lookup, stat).await?;
        let present = looked_up.map(|(link, stat)| Presence::of(link, &stat)).filter(counts);
        if let Some(presence) = &present {
            self.epochs.remember(self.clock, &self.signing_view(view), kind, name, digest, presence);
        }
        Ok(present)
    }

    pub(super) async fn stat_blob(&self, digest: &Digest) -> Result<Option<ObjectInfo>, StorageError> {
        found(self.storage.stat(&layout::blob(digest)).await)
    }

    /// Writes a link, and remembers it. 1 request. A response that is dated after the deadline counts as a rejection.
    pub(super) async fn write_link(
        &self,
        view: &Arc<View>,
        kind: Kind,
        name: &RepositoryName,
        digest: &Digest,
        target: &Digest,
        size: u64,
    ) -> Result<Presence, StorageError> {
        let view = &self.signing_view(view);
        let deadline = self.window(view, kind, digest, target);
        let guard = Guard { window: deadline, ..Guard::default() };
        let path = link_path(kind, name, digest);
        let written = self.storage.put(&path, Bytes::from(target.to_string()), guard).await?;
        if deadline.is_some_and(|window| written.date > window.end) {
            let message = format!("{path} was written after the deadline");
            return Err(StorageError::new(StorageErrorKind::TooLate, message).dated(written.date));
        }
        let presence = Presence { target: target.clone(), size, link_modified: written.date };
        self.epochs.remember(self.clock, view, kind, name, digest, &presence);
        Ok(presence)
    }

    /// The view under which a write is signed and a fact remembered: the one after which the facts were read (rule 3).
    fn signing_view(&self, view: &Arc<View>) -> Arc<View> {
        let latest = if self.keeps(Rule::FactsAfterView) { None } else { self.epochs.latest() };
        latest.unwrap_or_else(|| view.clone())
    }

    /// The window in which the link is written: rule 4. It is `None` only in tests of the simulation.
    fn window(&self, view: &View, kind: Kind, digest: &Digest, target: &Digest) -> Option<Window> {
        let (kept, is_layer) = (|rule| self.keeps(rule), kind == Kind::Blob);
        if !kept(Rule::Deadlines) || is_layer && !(kept(Rule::LinkDeadline) && kept(Rule::DeadlineFromView)) {
            return None;
        }
        let own = if is_layer || kept(Rule::OwnDigest) { view.window(digest) } else { view.unlisted_window() };
        let end = if target == digest { own.end } else { own.end.min(view.window(target).end) };
        Some(Window { end, ..own })
    }
}

/// Returns the error if the call may start again with a new view: rule 6. Any other failure of the request is returned
/// as `Err`.
pub(super) fn retryable(error: StorageError) -> Result<StorageError, StorageError> {
    if error.undecided || error.kind == StorageErrorKind::TooLate { Ok(error) } else { Err(error) }
}
