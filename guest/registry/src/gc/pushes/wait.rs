//! Waits for the end of an epoch: rule 7.

use std::sync::Arc;
use std::time::Duration;

use super::{PushError, Pushes};
use crate::digest::Digest;
use crate::gc::timing::WAIT_PAUSE;
use crate::gc::view::View;
use crate::ports::{Clock, Storage};

/// How long one call waits before it tells the client to try again later: proxies end a request without a response
/// after a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(50);

impl<S: Storage, C: Clock> Pushes<'_, S, C> {
    /// Reads the log every few seconds until the digest can be written: when it is not listed any more, or when a later
    /// epoch lists it whose T1 is not near. Without the second case a push could be delayed through many epochs.
    pub(super) async fn wait(&self, view: &View, digest: &Digest) -> Result<(), PushError> {
        let start = self.clock.monotonic();
        let mut retry_after = view.remaining_wait(digest);
        while self.clock.monotonic().saturating_sub(start) < LONGEST_WAIT {
            self.clock.sleep(WAIT_PAUSE).await;
            let view: Arc<View> = self.epochs.refresh(self.storage, self.clock).await?;
            if !view.must_wait(digest) {
                return Ok(());
            }
            retry_after = view.remaining_wait(digest);
        }
        Err(PushError::Collected { retry_after })
    }
}
