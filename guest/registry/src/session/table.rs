//! The uploads in this process's memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use futures_channel::oneshot;

use super::LiveUpload;
use crate::cache::lock;
use crate::name::RepositoryName;

/// How many ended uploads are remembered, so that requests with their `Location` are rejected.
const ENDED: usize = 4096;

type Key = (RepositoryName, String);

/// Obsolete content that could not be removed yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Leftover {
    /// Everything of an upload that ended.
    Upload(RepositoryName, String),
    /// Files of an upload that continues.
    Files(Vec<String>),
}

/// The uploads in this process's memory. Each is used by at most one request at a time, or being stored in OSS.
pub(crate) struct Sessions<W> {
    state: Mutex<State<W>>,
}

struct State<W> {
    idle: BTreeMap<Key, (Box<LiveUpload<W>>, Duration)>,
    busy: BTreeMap<Key, User>,
    ended: BTreeSet<Key>,
    ended_order: VecDeque<Key>,
    left: BTreeSet<Leftover>,
}

/// What uses an upload.
enum User {
    Request,
    /// The upload is being stored in OSS without a request. Dropping the senders wakes the requests that wait for it.
    Keeper(Vec<oneshot::Sender<()>>),
}

/// The result of claiming an upload for a request.
pub(crate) enum Claim<'a, W> {
    /// The upload was in memory.
    Live(Checkout<'a, W>),
    /// The upload is not in memory, and no other request of this process is looking for it.
    Absent(Claimed<'a, W>),
    /// Another request is using the upload.
    Busy,
    /// The upload has ended.
    Ended,
}

/// The right to use an upload. When this is dropped, others can use it.
pub(crate) struct Claimed<'a, W> {
    sessions: &'a Sessions<W>,
    key: Key,
    now: Duration,
}

/// An upload that is used by one request. When this is dropped, even because the request was cancelled, the upload
/// returns to the table.
pub(crate) struct Checkout<'a, W> {
    claimed: Claimed<'a, W>,
    /// The upload.
    pub live: Box<LiveUpload<W>>,
    is_over: bool,
}

impl<W> Default for Sessions<W> {
    fn default() -> Self {
        let (idle, busy, ended, ended_order, left) = Default::default();
        Self { state: Mutex::new(State { idle, busy, ended, ended_order, left }) }
    }
}

impl<W> fmt::Debug for Sessions<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        f.debug_struct("Sessions").field("idle", &state.idle.len()).field("busy", &state.busy.len()).finish()
    }
}

impl<W> Sessions<W> {
    /// Takes an upload out of the table for a request. If the upload is being stored in OSS, waits for that, since the
    /// client can't know about it. `now` is by the monotonic clock.
    pub async fn claim(&self, name: &RepositoryName, uuid: &str, now: Duration) -> Claim<'_, W> {
        loop {
            match self.claim_unless_kept(name, uuid, now) {
                Ok(claim) => return claim,
                // The receiver fails when the sender is dropped, which is what this waits for: nothing is ever sent.
                Err(over) => over.await.unwrap_or_default(),
            }
        }
    }

    fn claim_unless_kept(
        &self,
        name: &RepositoryName,
        uuid: &str,
        now: Duration,
    ) -> Result<Claim<'_, W>, oneshot::Receiver<()>> {
        let key = (name.clone(), uuid.to_owned());
        let mut state = lock(&self.state);
        if state.ended.contains(&key) {
            return Ok(Claim::Ended);
        }
        match state.busy.get_mut(&key) {
            Some(User::Request) => return Ok(Claim::Busy),
            Some(User::Keeper(waiting)) => {
                let (sender, over) = oneshot::channel();
                waiting.push(sender);
                return Err(over);
            }
            None => state.busy.insert(key.clone(), User::Request),
        };
        let idle = state.idle.remove(&key);
        let claimed = Claimed { sessions: self, key, now };
        Ok(match idle {
            Some((live, _)) => Claim::Live(claimed.with(live)),
            None => Claim::Absent(claimed),
        })
    }

    /// Takes an upload out of the table to store it in OSS, unless a request is using it by now. `now` is by the
    /// monotonic clock.
    pub fn claim_to_keep(&self, name: &RepositoryName, uuid: &str, now: Duration) -> Option<Checkout<'_, W>> {
        let key = (name.clone(), uuid.to_owned());
        let mut state = lock(&self.state);
        // Uploads in use are not among these.
        let (live, _) = state.idle.remove(&key)?;
        state.busy.insert(key.clone(), User::Keeper(Vec::new()));
        Some(Claimed { sessions: self, key, now }.with(live))
    }

    /// Remembers obsolete content that could not be removed.
    pub fn note_leftover(&self, left: Leftover) {
        lock(&self.state).left.insert(left);
    }

    /// Takes the obsolete content that could not be removed.
    pub fn take_leftovers(&self) -> BTreeSet<Leftover> {
        std::mem::take(&mut lock(&self.state).left)
    }

    /// The uploads that no request has used for so long. `now` is by the monotonic clock.
    pub fn unused(&self, now: Duration, length: Duration) -> Vec<(RepositoryName, String)> {
        let state = lock(&self.state);
        let unused = state.idle.iter().filter(|(_, (_, since))| now.saturating_sub(*since) >= length);
        unused.map(|(key, _)| key.clone()).collect()
    }
}

impl<'a, W> Claimed<'a, W> {
    /// The claim with the upload that was made or found.
    pub fn with(self, live: Box<LiveUpload<W>>) -> Checkout<'a, W> {
        Checkout { claimed: self, live, is_over: false }
    }

    /// Remembers that the upload ended.
    pub fn end(&self) {
        let mut state = lock(&self.sessions.state);
        if state.ended.insert(self.key.clone()) {
            state.ended_order.push_back(self.key.clone());
        }
        while state.ended_order.len() > ENDED
            && let Some(oldest) = state.ended_order.pop_front()
        {
            state.ended.remove(&oldest);
        }
    }
}

impl<W> Checkout<'_, W> {
    /// Ends the upload: requests with its `Location` are rejected from now on.
    pub fn end(mut self) {
        self.claimed.end();
        self.is_over = true;
    }

    /// Removes the upload from memory, because everything of it is in OSS, or nothing exists.
    pub fn forget(mut self) {
        self.is_over = true;
    }

    /// Counts the time without use from now on, by the monotonic clock.
    pub fn touch(&mut self, now: Duration) {
        self.claimed.now = now;
    }
}

impl<W> Drop for Checkout<'_, W> {
    fn drop(&mut self) {
        if !self.is_over {
            let live = std::mem::replace(&mut self.live, Box::new(LiveUpload::placeholder()));
            let entry = (live, self.claimed.now);
            lock(&self.claimed.sessions.state).idle.insert(self.claimed.key.clone(), entry);
        }
    }
}

impl<W> Drop for Claimed<'_, W> {
    fn drop(&mut self) {
        lock(&self.sessions.state).busy.remove(&self.key);
    }
}
