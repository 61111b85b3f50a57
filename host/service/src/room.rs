//! How many bytes the uploads of a tenant hold in memory at once.
//!
//! What an upload holds grows to (parts in flight + 1) parts, in the instance of the component. A docker client sends five
//! layers at once, and a hundred such clients would ask for 15 GiB. So a request waits, before a byte of its body is read,
//! until there is room for all that it may hold: in the order of arrival, for as long as it takes. A client notices nothing but
//! that its connection takes no bytes.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Permits are for so many bytes: a semaphore counts to less than memory has bytes.
const UNIT: u64 = 1 << 10;

/// The room for a tenant's uploads.
#[derive(Debug)]
pub(crate) struct UploadRoom {
    semaphore: Semaphore,
    units: u32,
    part_size: u64,
    /// What an upload of more than a part holds at most.
    largest: u64,
}

impl UploadRoom {
    pub fn new(bytes: u64, part_size: u64, parts_in_flight: u8) -> Self {
        let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize);
        let units = usize::try_from(bytes / UNIT).unwrap_or(usize::MAX).clamp(1, most);
        let largest = part_size.saturating_mul(u64::from(parts_in_flight) + 1);
        Self { semaphore: Semaphore::new(units), units: u32::try_from(units).unwrap_or(u32::MAX), part_size, largest }
    }

    /// Waits until there is room for a body of this length, or of any length. `None` where it holds nothing.
    pub async fn admit(&self, length: Option<u64>) -> Option<SemaphorePermit<'_>> {
        let bytes = match length {
            Some(0) => return None,
            Some(length) if length <= self.part_size => length,
            _ => self.largest,
        };
        // What is larger than all the room has it alone.
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.units);
        // It is never closed.
        self.semaphore.acquire_many(units).await.ok()
    }

    /// The bytes for which there is room now.
    pub fn free(&self) -> u64 {
        self.semaphore.available_permits() as u64 * UNIT
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    const MIB: u64 = 1 << 20;

    fn poll<F: Future>(future: F) -> Option<F::Output> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn body_of_unknown_or_great_length_takes_what_an_upload_may_hold() {
        let room = UploadRoom::new(60 * MIB, 10 * MIB, 2);
        let (first, second) = (poll(room.admit(None)).unwrap(), poll(room.admit(Some(11 * MIB))).unwrap());
        assert!(first.is_some() && second.is_some());
        assert_eq!(room.free(), 0);
        assert!(poll(room.admit(Some(1))).is_none(), "it waits");
        assert!(poll(room.admit(Some(0))).unwrap().is_none(), "what has no body does not");
        drop(first);
        assert!(poll(room.admit(Some(10 * MIB))).is_some());
        assert_eq!(room.free(), 30 * MIB);
    }

    #[test]
    fn upload_that_may_hold_more_than_all_the_room_has_it_alone() {
        let room = UploadRoom::new(8 * MIB, 10 * MIB, 2);
        let alone = poll(room.admit(None)).unwrap();
        assert!(alone.is_some() && poll(room.admit(Some(1))).is_none());
        drop(alone);
        assert!(poll(room.admit(Some(1))).is_some());
    }
}
