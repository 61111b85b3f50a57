//! Whether buckets can be reached.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use ossicle::Blobs;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// For how long an answer is given again: whoever asks often, or is many, costs one request to OSS in that time.
const LIFETIME: Duration = Duration::from_secs(5);

/// How long OSS is waited for. Who asks for readiness gives up soon after.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many buckets are looked at at once: each takes an instance of the component, and there may be a thousand.
const AT_ONCE: usize = 64;

/// Whether each bucket can be reached, as was found out last.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Whether the bucket of each tenant can be reached. At most 1 request for each tenant in [`LIFETIME`].
    pub async fn look(&self, tenants: Vec<Blobs>) -> bool {
        let mut last = self.last.lock().await;
        if let Some((when, is_ready)) = *last
            && when.elapsed() < LIFETIME
        {
            return is_ready;
        }
        let checks = stream::iter(tenants).map(is_reached).buffer_unordered(AT_ONCE);
        let is_ready = checks.fold(true, async |all, is_reached| all && is_reached).await;
        *last = Some((Instant::now(), is_ready));
        is_ready
    }
}

async fn is_reached(blobs: Blobs) -> bool {
    match tokio::time::timeout(PATIENCE, blobs.check()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(tenant = blobs.tenant().name(), %error, "the bucket can't be reached");
            false
        }
        Err(_) => {
            tracing::warn!(tenant = blobs.tenant().name(), "the bucket did not answer within {PATIENCE:?}");
            false
        }
    }
}
