//! A cache of contents by digest, in a bounded number of bytes.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;

use super::lock;
use crate::digest::Digest;

/// What belongs to a digest and never changes; the least recently used goes first.
#[derive(Debug)]
pub(crate) struct ContentCache {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    contents: BTreeMap<Digest, (Bytes, u64)>,
    by_use: BTreeMap<u64, Digest>,
    uses: u64,
    bytes: usize,
}

impl ContentCache {
    pub fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    pub fn get(&self, digest: &Digest) -> Option<Bytes> {
        let mut state = lock(&self.state);
        let content = state.remove(digest)?;
        state.insert(digest, content.clone());
        Some(content)
    }

    pub fn insert(&self, digest: &Digest, content: Bytes) {
        let mut state = lock(&self.state);
        state.remove(digest);
        if content.len() > self.limit {
            return;
        }
        state.insert(digest, content);
        while state.bytes > self.limit
            && let Some((_, oldest)) = state.by_use.pop_first()
        {
            state.remove(&oldest);
        }
    }
}

impl State {
    fn insert(&mut self, digest: &Digest, content: Bytes) {
        self.uses += 1;
        self.bytes += content.len();
        self.by_use.insert(self.uses, digest.clone());
        self.contents.insert(digest.clone(), (content, self.uses));
    }

    fn remove(&mut self, digest: &Digest) -> Option<Bytes> {
        let (content, used) = self.contents.remove(digest)?;
        self.by_use.remove(&used);
        self.bytes -= content.len();
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;
    use crate::hash::digest_of;

    #[test]
    fn least_recently_used_content_is_dropped_first() {
        let contents: Vec<Bytes> = (0..4u8).map(|byte| Bytes::from(vec![byte; 10])).collect();
        let digests: Vec<Digest> = contents.iter().map(|content| digest_of(Algorithm::Sha256, content)).collect();
        let cache = ContentCache::new(30);
        for (digest, content) in digests.iter().zip(&contents).take(3) {
            cache.insert(digest, content.clone());
        }
        assert_eq!(cache.get(&digests[0]), Some(contents[0].clone()));
        cache.insert(&digests[3], contents[3].clone());
        assert_eq!(cache.get(&digests[1]), None);
        assert!([0, 2, 3].iter().all(|place| cache.get(&digests[*place]).is_some()));
        cache.insert(&digests[1], Bytes::from(vec![1; 31]));
        assert_eq!(cache.get(&digests[1]), None);
        assert_eq!(lock(&cache.state).bytes, 30);
    }
}
