//! Turns and room: what a call waits for before it begins.
//!
//! Calls of each kind have turns of their own, so that many that wait, for room or for their callers, keep no other kind
//! waiting. A turn comes first and room after it. Who has room therefore waits for nothing but its own work.

use crate::admission::{Admission, PartSizes, Reservation};
use crate::error::Error;
use crate::instance::Needs;
use crate::limits::Limits;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Calls that hold no more than this are not counted by bytes: as many as may be at once hold 8 MiB together, which an
/// instance has beside what is counted.
const UNCOUNTED: u64 = 32 << 10;

/// What holds more has turns of its own.
const LARGE: u64 = 1 << 20;

pub(crate) struct Turns {
    calls: Arc<Semaphore>,
    large_calls: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    admission: Arc<Admission>,
    closed: CancellationToken,
}

/// What a call got before it began, and gives back at its end.
#[derive(Debug)]
pub(crate) struct Admitted {
    _turn: OwnedSemaphorePermit,
    _room: Option<Reservation>,
}

impl Turns {
    pub(super) fn new(limits: &Limits, sizes: PartSizes) -> Self {
        let semaphore = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            calls: semaphore(limits.calls),
            large_calls: semaphore(limits.calls),
            downloads: semaphore(limits.streams),
            uploads: semaphore(limits.streams),
            admission: Admission::new(limits.memory, sizes.part()),
            closed: CancellationToken::new(),
        }
    }

    /// Where room is counted.
    pub(crate) fn admission(&self) -> &Arc<Admission> {
        &self.admission
    }

    /// Gives no more turns: who waits for one is told that the tenant is closed.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    fn semaphore(&self, needs: &Needs) -> &Arc<Semaphore> {
        match needs {
            Needs::Turn { bytes } if *bytes > LARGE => &self.large_calls,
            Needs::Turn { .. } => &self.calls,
            Needs::Download { .. } => &self.downloads,
            Needs::Upload(_) => &self.uploads,
        }
    }

    /// What a call needs, if it need not wait for it. Nothing for an upload.
    pub(crate) fn try_admit(&self, needs: &Needs) -> Option<Admitted> {
        if self.is_closed() {
            return None;
        }
        let turn = Arc::clone(self.semaphore(needs)).try_acquire_owned().ok()?;
        let room = match needs {
            Needs::Turn { bytes } | Needs::Download { bytes } if *bytes > UNCOUNTED => {
                Some(self.admission.try_take(*bytes)?)
            }
            Needs::Turn { .. } | Needs::Download { .. } => None,
            Needs::Upload(_) => return None,
        };
        Some(Admitted { _turn: turn, _room: room })
    }

    /// Waits for what a call needs.
    ///
    /// Fails with [`Error::Closed`].
    pub(crate) async fn admit(&self, needs: Needs) -> Result<Admitted, Error> {
        tokio::select! {
            biased;
            () = self.closed.cancelled() => Err(Error::Closed),
            admitted = self.wait(needs) => admitted,
        }
    }

    async fn wait(&self, needs: Needs) -> Result<Admitted, Error> {
        // It is never closed.
        let turn = Arc::clone(self.semaphore(&needs)).acquire_owned().await.map_err(|_| Error::Closed)?;
        let room = match needs {
            Needs::Turn { bytes } | Needs::Download { bytes } if bytes > UNCOUNTED => {
                let room = self.admission.open(bytes);
                room.all().await;
                Some(room)
            }
            Needs::Turn { .. } | Needs::Download { .. } => None,
            Needs::Upload(upload) => {
                upload.begin().await;
                None
            }
        };
        Ok(Admitted { _turn: turn, _room: room })
    }
}
