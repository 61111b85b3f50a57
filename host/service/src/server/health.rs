//! Whether the server can do its work.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::tenant::Tenant;

/// For how long an answer is given again: whoever asks often, or is many, costs one request to OSS in that time.
const LIFETIME: Duration = Duration::from_secs(5);

/// How long OSS is waited for. Who asks for readiness gives up soon after.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether each bucket can be reached, as was found out last.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Whether the bucket of each tenant can be reached. At most 1 request for each tenant in [`LIFETIME`].
    pub async fn look(&self, tenants: &[Arc<Tenant>]) -> bool {
        let mut last = self.last.lock().await;
        if let Some((when, is_ready)) = *last
            && when.elapsed() < LIFETIME
        {
            return is_ready;
        }
        let checks = tenants.iter().map(|tenant| async {
            match tokio::time::timeout(PATIENCE, tenant.blobs().check()).await {
                Ok(Ok(())) => true,
                Ok(Err(error)) => {
                    tracing::warn!(tenant = tenant.name(), %error, "the bucket can't be reached");
                    false
                }
                Err(_) => {
                    tracing::warn!(tenant = tenant.name(), "the bucket did not answer within {PATIENCE:?}");
                    false
                }
            }
        });
        let is_ready = futures_util::future::join_all(checks).await.into_iter().all(|is_ready| is_ready);
        *last = Some((Instant::now(), is_ready));
        is_ready
    }
}
