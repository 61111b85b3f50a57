//! An instance at the queue: what it waits for there, and what it takes.

use super::call::Job;
use super::guest::Guest;
use super::handle::{Instance, InstancePermit};
use super::operation::{Lane, Needs, Place};
use super::pool::Pool;
use crate::admission::{Admission, Reservation, Upload};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Calls that hold no more than this are not counted by bytes: as many as may be at once by default hold 8 MiB together,
/// which an instance has beside what is counted.
const UNCOUNTED: u64 = 32 << 10;

/// What runs in an instance.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;

/// Something for an instance to do that answers nobody, where it is not too late for it.
pub(crate) trait Order: Send {
    fn run<'a>(self: Box<Self>, guest: Guest<'a>) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;
}

/// An instance at the queue.
pub(super) struct Seat {
    pub(super) instance: Arc<Instance>,
    /// Room that the first call of each line waits for. It is a place in the line of those who want room, so it is kept as
    /// long as the call is the first.
    pub(super) candidates: [Option<Candidate>; Lane::COUNT],
    /// How many calls that others could take had come when it last found nothing for it.
    pub(super) seen: u64,
    /// The instance is not idle before it has looked for calls.
    pub(super) starting: Option<InstancePermit>,
}

/// Room that a call waits for.
pub(super) struct Candidate {
    call: u64,
    room: Room,
}

enum Room {
    New(Reservation),
    More(More),
}

/// An upload that has begun, so it has room and wants more.
struct More(Arc<Upload>);

/// A turn, given back when it is dropped.
pub(super) struct Turn {
    pool: Arc<Pool>,
    lane: Lane,
}

/// What a begun call has of its instance, and gives back at its end.
pub(crate) struct Granted {
    // In this order: who wakes for the turn finds the room, and the instance may be dropped at last.
    room: Option<Reservation>,
    _turn: Turn,
    instance_permit: InstancePermit,
}

/// A call that was taken from the queue and has not begun. Dropped, it is put back where it was.
pub(super) struct DequeuedCall {
    pool: Arc<Pool>,
    place: Place,
    call: Option<(Arc<dyn Job>, Granted)>,
}

/// What an instance does next.
pub(super) enum Next {
    Order(Box<dyn Order>),
    Call(DequeuedCall),
}

impl Seat {
    pub(super) fn new(instance: Arc<Instance>, starting: InstancePermit) -> Self {
        Self { instance, candidates: std::array::from_fn(|_| None), seen: 0, starting: Some(starting) }
    }
}

/// Ready when an instance has room for a call: its bytes are held. What is waited for is kept meanwhile.
pub(super) fn poll_room(
    candidate: &mut Option<Candidate>,
    number: u64,
    needs: &Needs,
    admission: &Arc<Admission>,
    cx: &Context<'_>,
) -> Poll<()> {
    if candidate.as_ref().is_some_and(|candidate| candidate.call != number) {
        *candidate = None;
    }
    let open = || match needs {
        Needs::Turn { bytes } | Needs::Download { bytes } => {
            (*bytes > UNCOUNTED).then(|| Room::New(admission.open(*bytes)))
        }
        Needs::Upload(upload) if upload.has_room() => Some(Room::More(More(Arc::clone(upload)))),
        Needs::Upload(upload) => Some(Room::New(upload.open(admission))),
    };
    if candidate.is_none() {
        *candidate = open().map(|room| Candidate { call: number, room });
    }
    match (candidate.as_ref().map(|candidate| &candidate.room), needs) {
        (None, _) => Poll::Ready(()),
        (Some(Room::New(room)), Needs::Turn { bytes } | Needs::Download { bytes }) => room.poll_hold(*bytes, cx),
        (Some(Room::New(room)), Needs::Upload(upload)) => upload.poll_begin(Some(room), cx),
        (Some(Room::More(More(upload))), _) => upload.poll_begin(None, cx),
    }
}

impl Candidate {
    /// What a call begins with.
    pub(super) fn into_room(self) -> Option<Reservation> {
        match self.room {
            Room::New(room) => Some(room),
            Room::More(_) => None,
        }
    }
}

impl Drop for More {
    fn drop(&mut self) {
        // It wants no more for now, or has it.
        self.0.pause();
    }
}

impl Granted {
    pub(super) fn new(room: Option<Reservation>, pool: Arc<Pool>, lane: Lane, instance_permit: InstancePermit) -> Self {
        Self { room, _turn: Turn { pool, lane }, instance_permit }
    }

    /// An upload begins: it keeps its room itself, until its writer goes.
    pub(super) fn give_room(&mut self, upload: &Upload) {
        if let Some(room) = self.room.take() {
            upload.take_room(room);
        }
    }

    pub(super) fn instance(&self) -> &Arc<Instance> {
        self.instance_permit.instance()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pool.give_back(self.lane);
    }
}

impl DequeuedCall {
    pub(super) fn new(pool: Arc<Pool>, place: Place, job: Arc<dyn Job>, granted: Granted) -> Self {
        Self { pool, place, call: Some((job, granted)) }
    }

    /// Begins it, if it is still wanted.
    pub(super) fn begin(mut self, guest: Guest<'_>) -> Option<Running<'_>> {
        let (job, granted) = self.call.take()?;
        job.begin(granted, guest)
    }
}

impl Drop for DequeuedCall {
    fn drop(&mut self) {
        if let Some((job, granted)) = self.call.take() {
            drop(granted);
            self.pool.put_back(self.place, job);
        }
    }
}
