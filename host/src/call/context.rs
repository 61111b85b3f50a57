//! What is known of a call while it runs: its ids, whether its requests move, and the room that their responses take.

use crate::admission::{Admission, Reservation, Upload};
use crate::error::{CallIds, RequestId};
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tracing::Span;
use wasmtime::component::GuestTaskId;

/// The first call of the process has the id 1.
static LAST_ID: AtomicU64 = AtomicU64::new(0);

/// A response that is announced as larger than this waits for room in the instance before its body is read.
const LARGE_RESPONSE: u64 = 1 << 20;

/// A call, as its requests know it.
#[derive(Debug)]
pub(crate) struct CallContext {
    id: u64,
    /// The id that the caller gave it.
    request: Option<RequestId>,
    /// Its own, for the log.
    span: Span,
    /// OSS's id of the last of its requests that was answered; empty before.
    answered: Mutex<String>,
    /// Grows with everything that its requests send and receive.
    moved: AtomicU64,
    /// Its requests that wait for others of the tenant's, which is no fault of the component's.
    waiting: AtomicUsize,
    /// The upload that its requests store parts of.
    upload: Option<Arc<Upload>>,
    /// Whether responses wait for room: not those of a stream, which is read as its caller takes it.
    keeps_responses: bool,
    /// Where room is counted in the instance that it runs in.
    admission: OnceLock<Arc<Admission>>,
    /// The room that its largest response has, and how much: until the call ends, since what was read may be kept until
    /// then. (One that is fetched anew takes the place of the one before.)
    response: Mutex<(u64, Option<Reservation>)>,
    /// Whether one of its requests went to a service that gives credentials.
    has_asked_for_credentials: AtomicBool,
    /// The component's task that it runs in.
    task: Mutex<Option<GuestTaskId>>,
}

/// A request that waits for others of its tenant's.
pub(crate) struct WaitingRequest<'a>(&'a CallContext);

impl CallContext {
    /// `span` makes the call's span, given its id.
    pub(crate) fn new(
        upload: Option<Arc<Upload>>,
        keeps_responses: bool,
        request: Option<RequestId>,
        span: impl FnOnce(u64) -> Span,
    ) -> Arc<Self> {
        let id = LAST_ID.fetch_add(1, Relaxed) + 1;
        Arc::new(Self {
            id,
            request,
            span: span(id),
            answered: Mutex::default(),
            moved: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            upload,
            keeps_responses,
            admission: OnceLock::new(),
            response: Mutex::default(),
            has_asked_for_credentials: AtomicBool::new(false),
            task: Mutex::default(),
        })
    }

    /// It begins in the instance whose room this is.
    pub(crate) fn begin(&self, admission: &Arc<Admission>) {
        if let Some(upload) = &self.upload {
            upload.begin(admission);
        }
        if self.keeps_responses {
            // A call begins once.
            self.admission.get_or_init(|| Arc::clone(admission));
        }
    }

    /// What the log calls it: a number that no other call of this process has.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Its span.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// One of its requests was answered, under this id of OSS's.
    pub(crate) fn answered(&self, oss_request: &str) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        // In the memory of the one before.
        answered.clear();
        answered.push_str(oss_request);
    }

    /// By what it is found again.
    pub(crate) fn ids(&self) -> CallIds {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        CallIds {
            call: self.id,
            request: self.request.clone(),
            oss_request: Some(answered).filter(|id| !id.is_empty()),
        }
    }

    /// One of its requests sent or received so many bytes, or made another step.
    pub(crate) fn move_on(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64 + 1, Relaxed);
    }

    /// What its requests did so far. None while one of them waits for others of the tenant's.
    pub(crate) fn moved(&self) -> Option<u64> {
        (self.waiting.load(Acquire) == 0).then(|| self.moved.load(Relaxed))
    }

    /// One of its requests waits for others, until what this gives is dropped.
    pub(crate) fn wait(&self) -> WaitingRequest<'_> {
        self.waiting.fetch_add(1, AcqRel);
        WaitingRequest(self)
    }

    /// One of its requests goes to a service that gives credentials.
    pub(crate) fn asks_for_credentials(&self) {
        self.has_asked_for_credentials.store(true, Relaxed);
    }

    /// Whether one of its requests went to a service that gives credentials.
    pub(crate) fn has_asked_for_credentials(&self) -> bool {
        self.has_asked_for_credentials.load(Relaxed)
    }

    /// OSS has so many bytes that one of its requests sent.
    pub(crate) fn stored(&self, bytes: u64) {
        if let Some(upload) = self.upload.as_ref().filter(|_| bytes > 0) {
            upload.stored(bytes);
        }
    }

    /// Waits until the instance has room for a response that is announced as so long: twice, since what was encrypted is
    /// decrypted.
    pub(crate) async fn make_room(&self, announced: Option<u64>) {
        let Some(bytes) = announced.filter(|bytes| *bytes > LARGE_RESPONSE) else { return };
        let Some(admission) = self.admission.get() else { return };
        let bytes = bytes.saturating_mul(2);
        let before = {
            let mut response = self.response.lock().unwrap_or_else(PoisonError::into_inner);
            if response.0 >= bytes {
                return;
            }
            response.0 = bytes;
            response.1.take()
        };
        // Who waits holds nothing.
        drop(before);
        let reservation = admission.open_within_a_call(bytes);
        {
            let _waiting = self.wait();
            reservation.all().await;
        }
        self.response.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(reservation);
    }

    /// The component's task that the call runs in, from now on.
    pub(crate) fn run_in(&self, task: GuestTaskId) {
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// The component's task that the call runs in.
    pub(crate) fn task(&self) -> Option<GuestTaskId> {
        *self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WaitingRequest<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, AcqRel);
        // Its time counts from here.
        self.0.move_on(0);
    }
}
