//! Mutexes for the requests of this process that set or delete the same manifest or tag.
//!
//! A push writes a manifest's revision and then its tags; a deletion by digest removes the tags and then the revision.
//! If both ran concurrently, a tag could be left that names nothing. Processes do not exclude each other: between them,
//! a deletion looks for tags once more after the revision is gone, and the windows of requests limit what a late one
//! can do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::cache::lock;
use crate::name::RepositoryName;
use crate::reference::Reference;

type Key = (RepositoryName, Reference);

/// The mutexes of the manifests and tags that requests of this process hold or wait for.
#[derive(Debug, Default)]
pub(crate) struct ReferenceMutexes {
    mutexes: Mutex<BTreeMap<Key, Arc<AsyncMutex<()>>>>,
}

/// Holds the mutex of a manifest or tag until it is dropped.
pub(crate) struct ReferenceGuard<'a> {
    table: &'a ReferenceMutexes,
    key: Key,
    mutex: Arc<AsyncMutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl ReferenceMutexes {
    /// Waits until no other request holds the manifest or tag. A request that holds a manifest may wait for a tag, and
    /// one that holds a tag waits for nothing, so there is no deadlock.
    pub async fn lock(&self, name: &RepositoryName, reference: Reference) -> ReferenceGuard<'_> {
        let key = (name.clone(), reference);
        let mutex = lock(&self.mutexes).entry(key.clone()).or_default().clone();
        let mut guard = ReferenceGuard { table: self, key, mutex, guard: None };
        guard.guard = Some(guard.mutex.clone().lock_owned().await);
        guard
    }
}

impl Drop for ReferenceGuard<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut mutexes = lock(&self.table.mutexes);
        // One reference is the table's and one is this guard's. Others are made only while the table is locked.
        if Arc::strong_count(&self.mutex) == 2 {
            mutexes.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::memory::run;
    use crate::name::Tag;

    #[test]
    fn guard_waits_for_the_one_before_and_leaves_no_entry() {
        let (table, name) = (ReferenceMutexes::default(), RepositoryName::parse("a").unwrap());
        let tag = |tag: &str| Reference::Tag(Tag::parse(tag).unwrap());
        let first = run(table.lock(&name, tag("v1")));
        assert!(table.lock(&name, tag("v1")).now_or_never().is_none(), "dropped while it waits");
        assert!(table.lock(&name, tag("v2")).now_or_never().is_some());
        drop(first);
        assert!(table.lock(&name, tag("v1")).now_or_never().is_some());
        assert!(lock(&table.mutexes).is_empty());
    }
}
