//! Accounts for the memory that an upload takes in its instance, from what the host gave it and what OSS has stored.
//!
//! The component holds what it was given and has not stored yet, in whole parts, and at most (parts in flight + 1) of them.
//! The host knows what it gave, and its requests tell what OSS has, so it knows what is held. An upload gets room for the
//! next bytes before they are given to the component; two parts are enough to come to the end with, a part that is sent and
//! one that fills, and more of them in flight are sent when there is room.

use super::room::{Admission, Reservation};
use futures_util::task::AtomicWaker;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

/// What the component reads and sends at once.
const CHUNK: u64 = 256 << 10;
/// The chunks that an upload has on their way besides one for each part that is sent: read, taken and waiting.
const CHUNKS: u64 = 4;
/// Up to here a buffer grows by doubling, and then at once to a whole part.
const SMALL: u64 = 1 << 20;
/// The defaults of the component, and its largest part.
const PART: u64 = 10 << 20;
const IN_FLIGHT: u64 = 4;
const LARGEST_PART: u64 = 512 << 20;
const MAX_PARTS: u64 = 10_000;

/// How large the parts of an upload are, and how many of them are sent at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartSizes {
    part: u64,
    in_flight: u64,
}

/// An upload, and the room that it has in its instance.
#[derive(Debug)]
pub(crate) struct Upload {
    sizes: PartSizes,
    /// Its room in the instance that it began in.
    room: OnceLock<Reservation>,
    /// Bytes that were given to the component.
    given: AtomicU64,
    /// Bytes of those that OSS has.
    stored: AtomicU64,
    /// Told when OSS has more.
    moved: AtomicWaker,
}

impl PartSizes {
    /// As options have them; none for the component's defaults.
    pub(crate) fn new(part: Option<u64>, in_flight: Option<u8>) -> Self {
        Self { part: part.unwrap_or(PART).max(1), in_flight: in_flight.map_or(IN_FLIGHT, u64::from).max(1) }
    }

    /// The size of a part in bytes.
    pub(crate) fn part(self) -> u64 {
        self.part
    }

    /// For a content of so many bytes, as the component makes parts larger for it.
    fn for_content(mut self, bytes: u64) -> Self {
        while self.part.saturating_mul(MAX_PARTS) < bytes && self.part < LARGEST_PART {
            self.part = self.part.saturating_mul(2).min(LARGEST_PART);
        }
        self
    }

    /// What the component holds of which so many bytes are not stored. A tenth is added for what its allocator leaves between
    /// one thing and another: with these numbers 1 to 8 uploads, of parts of 1 and of 10 MiB, held as much as was measured,
    /// within a twentieth, and a part more for all of them together.
    fn memory(self, bytes: u64) -> u64 {
        if bytes == 0 {
            return 0;
        }
        let parts = bytes.div_ceil(self.part).min(self.in_flight + 1);
        let sent = parts.min(self.in_flight);
        let whole = parts.saturating_mul(self.part).saturating_add((sent + CHUNKS) * CHUNK);
        let whole = whole.saturating_add(whole / 10);
        if bytes <= SMALL { whole.min(3 * SMALL) } else { whole }
    }
}

impl Upload {
    /// Of about so many bytes, where that is known. `given`: as many as the component may hold of it already.
    pub(crate) fn new(sizes: PartSizes, hint: Option<u64>, given: u64) -> Arc<Self> {
        let sizes = sizes.for_content(hint.unwrap_or_default());
        let (given, stored) = (AtomicU64::new(given), AtomicU64::new(0));
        Arc::new(Self { sizes, room: OnceLock::new(), given, stored, moved: AtomicWaker::new() })
    }

    fn held(&self) -> u64 {
        self.given.load(SeqCst).saturating_sub(self.stored.load(SeqCst))
    }

    /// An account in an instance where it may begin.
    pub(crate) fn open(&self, admission: &Arc<Admission>) -> Reservation {
        admission.open(self.sizes.memory(self.sizes.part.saturating_add(1)))
    }

    /// Ready when there is the room that its next bytes need: what it has, or what it may begin with.
    pub(crate) fn poll_begin(&self, candidate: Option<&Reservation>, cx: &Context<'_>) -> Poll<()> {
        match self.room.get().or(candidate) {
            Some(room) => room.poll_hold(self.sizes.memory(self.held() + 1), cx),
            None => Poll::Ready(()),
        }
    }

    /// It begins with this room, unless it has some: it stays where it began.
    pub(crate) fn take_room(&self, room: Reservation) {
        self.room.get_or_init(|| room);
    }

    /// It begins in this instance, with the room it was given, or else with none.
    pub(crate) fn begin(&self, admission: &Arc<Admission>) {
        self.room.get_or_init(|| self.open(admission));
    }

    /// Whether it has begun, in an instance where its room is.
    pub(crate) fn has_room(&self) -> bool {
        self.room.get().is_some()
    }

    fn reduce(&self, bytes: u64) {
        if let Some(room) = self.room.get() {
            room.reduce(bytes);
        }
    }

    /// Ready when there is room for so many bytes more.
    pub(crate) fn poll_room(&self, bytes: u64, cx: &Context<'_>) -> Poll<()> {
        self.moved.register(cx.waker());
        match self.room.get() {
            Some(room) => room.poll_hold(self.sizes.memory(self.held().saturating_add(bytes)), cx),
            // It has not begun, so nothing of it is in an instance.
            None => Poll::Ready(()),
        }
    }

    /// Whether what is there is enough to come to the end with: the component has parts to store.
    pub(crate) fn can_go_on(&self) -> bool {
        self.held() > self.sizes.part
    }

    /// The component got so many bytes.
    pub(crate) fn gave(&self, bytes: u64) {
        self.given.fetch_add(bytes, SeqCst);
    }

    /// OSS has so many bytes more.
    pub(crate) fn stored(&self, bytes: u64) {
        self.stored.fetch_add(bytes, SeqCst);
        self.reduce(self.sizes.memory(self.held()));
        self.moved.wake();
    }

    /// No more bytes are given for now, and none are waited for.
    pub(crate) fn pause(&self) {
        if let Some(room) = self.room.get() {
            room.stop_asking();
        }
    }

    /// Every whole part is stored.
    pub(crate) fn settled(&self) {
        let given = self.given.load(SeqCst);
        self.stored.fetch_max(given.saturating_sub(self.sizes.part), SeqCst);
        self.reduce(self.sizes.memory(self.held()));
    }

    /// The component holds nothing of it any more.
    pub(crate) fn ended(&self) {
        self.stored.fetch_max(self.given.load(SeqCst), SeqCst);
        self.reduce(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn an_upload_holds_what_is_not_stored_in_whole_parts() {
        let sizes = PartSizes::new(None, None);
        assert_eq!(sizes.memory(0), 0);
        assert_eq!(sizes.memory(MIB), 3 * MIB);
        let with_a_tenth = |bytes: u64| bytes + bytes / 10;
        assert_eq!(sizes.memory(MIB + 1), with_a_tenth(10 * MIB + 5 * CHUNK));
        assert_eq!(sizes.memory(10 * MIB + 1), with_a_tenth(20 * MIB + 6 * CHUNK));
        assert_eq!(sizes.memory(u64::MAX), with_a_tenth(50 * MIB + 8 * CHUNK));
        // Of the 256 MiB that an instance may have: three at once, as large as they get, or seven that go on.
        let bulk = (256 - 32 - 10) * MIB * 7 / 8;
        assert!(3 * sizes.memory(u64::MAX) <= bulk && 7 * sizes.memory(10 * MIB + 1) <= bulk);
        assert_eq!(PartSizes::new(None, None).for_content(10 * MIB * MAX_PARTS + 1).part, 20 * MIB);
        assert_eq!(PartSizes::new(Some(MIB), Some(2)).memory(u64::MAX), with_a_tenth(3 * MIB + 6 * CHUNK));
    }

    #[test]
    fn room_comes_back_as_parts_are_stored() {
        let admission = Admission::new(256 << 20, 10 * MIB);
        let upload = Upload::new(PartSizes::new(None, None), None, 0);
        upload.begin(&admission);
        let cx = Context::from_waker(std::task::Waker::noop());
        let give = |bytes: u64| {
            assert!(upload.poll_room(bytes, &cx).is_ready());
            upload.gave(bytes);
        };
        (0..50).for_each(|_| give(MIB));
        // One beside it gets what is left, and more when a part is stored.
        let other = admission.open(140 * MIB);
        assert!(other.poll_hold(135 * MIB, &cx).is_pending());
        upload.stored(10 * MIB);
        assert!(other.poll_hold(135 * MIB, &cx).is_ready());
        assert!(upload.can_go_on());
        upload.settled();
        assert!(!upload.can_go_on());
        upload.ended();
        drop(other);
        assert!(admission.open(180 * MIB).poll_hold(180 * MIB, &cx).is_ready());
    }
}
