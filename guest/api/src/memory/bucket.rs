//! What is in the bucket, and the tenant that has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::run::turn;
use crate::ports::{Ports, StorageError, StorageErrorKind, Window};
use crate::request_id::RequestId;

/// When the clock starts, in seconds since 1970: 2026-11-26T18:10:50Z.
pub const START: u64 = 1_795_716_650;

type Fault = Box<dyn FnMut(&'static str) -> Option<StorageError> + Send>;

/// A tenant whose bucket is in memory. A clone has the same bucket, as another process has.
#[derive(Clone)]
pub struct MemoryTenant {
    state: Arc<Mutex<State>>,
    /// What its calls are for.
    request: Option<RequestId>,
}

#[derive(Default)]
pub(super) struct State {
    pub clock: u64,
    pub counter: u64,
    pub values: BTreeMap<String, Object>,
    pub files: BTreeMap<String, Object>,
    pub locks: BTreeMap<String, Tenure>,
    /// The names of locks with the owners who released them.
    pub released: BTreeSet<(String, String)>,
    pub uploads: BTreeMap<String, Begun>,
    pub calls: Vec<&'static str>,
    /// The ids of requests that calls were for, each call's.
    pub requests: Vec<String>,
    pub fault: Option<Fault>,
    pub breaks_after: Option<usize>,
}

/// A value or a file.
#[derive(Clone)]
pub(super) struct Object {
    pub content: Bytes,
    pub content_type: Option<String>,
    pub etag: String,
    pub modified: u64,
}

/// The last tenure of a lock.
#[derive(Clone)]
pub(super) struct Tenure {
    pub token: u64,
    pub owner: String,
    pub is_held: bool,
    pub until: u64,
}

/// An upload that was neither committed nor aborted.
#[derive(Clone)]
pub(super) struct Begun {
    pub path: String,
    pub content: Vec<u8>,
    pub content_type: Option<String>,
}

impl fmt::Debug for MemoryTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTenant").finish_non_exhaustive()
    }
}

impl Default for MemoryTenant {
    fn default() -> Self {
        let state = State { clock: START, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), request: None }
    }
}

impl MemoryTenant {
    /// An empty bucket.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call of this name: others have a turn before, and it may be one that is to fail.
    pub(super) async fn call(&self, name: &'static str) -> Result<(), StorageError> {
        turn().await;
        let mut state = self.state();
        state.calls.push(name);
        state.requests.extend(self.request.as_ref().map(|id| id.as_str().to_owned()));
        match state.fault.as_mut().and_then(|fault| fault(name)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Has calls fail as this says, which is given their names.
    pub fn fail(&self, fault: impl FnMut(&'static str) -> Option<StorageError> + Send + 'static) {
        self.state().fault = Some(Box::new(fault));
    }

    /// Has no call fail any more.
    pub fn fail_no_more(&self) {
        self.state().fault = None;
    }

    /// Has contents and walks break off after so many pieces.
    pub fn break_off_after(&self, pieces: Option<usize>) {
        self.state().breaks_after = pieces;
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) {
        self.state().clock += seconds;
    }

    /// The names of the calls since this was asked last.
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.state().calls)
    }

    /// The ids of the requests that calls since this was asked last were for: one for each call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    /// How many uploads there are.
    pub fn uploads(&self) -> usize {
        self.state().uploads.len()
    }
}

impl State {
    /// A number that was never drawn before.
    pub fn draw(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// An object as it is written now.
    pub fn object(&mut self, content: Bytes, content_type: Option<String>) -> Object {
        let etag = format!("\"{:032X}\"", self.draw());
        Object { content, content_type, etag, modified: self.clock }
    }

    /// Refuses a change outside of its window.
    pub fn check_window(&self, window: Option<Window>) -> Result<(), StorageError> {
        match window {
            Some(window) if self.clock > window.until => {
                Err(StorageError::new(StorageErrorKind::TooLate, "the window is over"))
            }
            _ => Ok(()),
        }
    }
}

/// OSS said that there is nothing.
pub(super) fn not_found(key: &str) -> StorageError {
    StorageError::new(StorageErrorKind::NotFound, "there is nothing").at(key)
}

impl Ports for MemoryTenant {
    type Locks = Self;
    type Certificates = Self;
    type Blobs = Self;

    fn for_request(&self, id: &RequestId) -> Self {
        Self { state: Arc::clone(&self.state), request: Some(id.clone()) }
    }

    fn locks(&self) -> &Self {
        self
    }

    fn certificates(&self) -> &Self {
        self
    }

    fn blobs(&self) -> &Self {
        self
    }
}
