//! Keeps a lease alive in the background, and tells when that fails.

use super::error::LockError;
use super::tenure::Tenure;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// No component gets more than a renewal a second.
const LEAST: Duration = Duration::from_secs(1);
/// The pauses after a renewal that failed; the last one again and again.
const AGAIN: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Renews until the tenure is over or its end is wanted. When the lease runs out meanwhile, that is told at once, but it goes
/// on: a renewal that succeeds shows that nobody came between.
pub(super) async fn run(tenure: Arc<Tenure>) {
    let told = async {
        tenure.runs_out().await;
        tracing::warn!(name = tenure.lease().name(), "the lease of a lock ran out before it could be renewed");
        tenure.is_in_doubt();
    };
    let mut told = pin!(told);
    let mut is_told = false;
    let mut renewing = pin!(renew(&tenure));
    loop {
        tokio::select! {
            biased;
            () = &mut renewing => return,
            () = &mut told, if !is_told => is_told = true,
        }
    }
}

async fn renew(tenure: &Tenure) {
    let mut failures = 0;
    loop {
        let every = tenure.lease().renew_every().max(LEAST);
        let pause = match failures {
            0 => spread(every),
            failures => AGAIN.get(failures - 1).or(AGAIN.last()).copied().unwrap_or(every).min(every),
        };
        tokio::select! {
            biased;
            () = tenure.end.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        // One that takes longer than to the next is given up, unheard; if it lands, the next finds it.
        match tokio::time::timeout(every, tenure.renew(Duration::ZERO)).await {
            Ok(Ok(())) => failures = 0,
            Ok(Err(error @ LockError::Lost { .. })) => {
                tracing::warn!(%error, "a lock is lost");
                return;
            }
            Ok(Err(error)) => {
                tracing::warn!(name = tenure.lease().name(), %error, "the lease of a lock could not be renewed yet");
                failures += 1;
            }
            Err(_) => failures += 1,
        }
    }
}

/// The period, 10 % more or less, so that those who began together do not go on together.
fn spread(every: Duration) -> Duration {
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    every.mul_f64(0.9 + 0.2 * f64::from(nanos % 1000) / 1000.0)
}
