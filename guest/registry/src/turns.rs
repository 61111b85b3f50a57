//! One at a time: requests of this process that set or delete the same manifest or tag.
//!
//! A push writes a manifest's revision and then its tags; a deletion by digest removes the tags and then the revision. If both
//! ran at once, a tag could be left that names nothing. Processes do not exclude each other: between them a deletion looks for
//! tags once more when the revision is gone, and the windows of requests bound what a late one can do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::cache::lock;
use crate::name::RepositoryName;
use crate::reference::Reference;

type Key = (RepositoryName, Reference);

/// The manifests and tags that requests of this process have or wait for.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    mutexes: Mutex<BTreeMap<Key, Arc<AsyncMutex<()>>>>,
}

/// The right to set or delete a manifest or a tag. Dropped, the next request has it.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    key: Key,
    mutex: Arc<AsyncMutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until no other request has the manifest or tag. A request that has a manifest may wait for a tag, and one that has
    /// a tag waits for nothing, so that no two wait for each other.
    pub async fn wait(&self, name: &RepositoryName, reference: Reference) -> Turn<'_> {
        let key = (name.clone(), reference);
        let mutex = lock(&self.mutexes).entry(key.clone()).or_default().clone();
        let mut turn = Turn { turns: self, key, mutex, guard: None };
        turn.guard = Some(turn.mutex.clone().lock_owned().await);
        turn
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut mutexes = lock(&self.turns.mutexes);
        // One is the table's and one is this turn's. Others are made only while the table is locked.
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
    fn turn_waits_for_the_one_before_and_leaves_nothing() {
        let (turns, name) = (Turns::default(), RepositoryName::parse("a").unwrap());
        let tag = |tag: &str| Reference::Tag(Tag::parse(tag).unwrap());
        let first = run(turns.wait(&name, tag("v1")));
        assert!(turns.wait(&name, tag("v1")).now_or_never().is_none(), "given up while it waits");
        assert!(turns.wait(&name, tag("v2")).now_or_never().is_some());
        drop(first);
        assert!(turns.wait(&name, tag("v1")).now_or_never().is_some());
        assert!(lock(&turns.mutexes).is_empty());
    }
}
