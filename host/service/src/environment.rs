//! The clock of this machine and its random numbers.

use std::time::{Duration, Instant, SystemTime};

use ossicle_registry::ports::{Clock, Entropy};

/// The clock of this machine and its random numbers.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    start: Instant,
}

impl Environment {
    /// Looks whether the system gives random numbers.
    ///
    /// # Errors
    /// When it does not: without them whoever likes could foresee the ids of uploads.
    pub fn new() -> Result<Self, getrandom::Error> {
        getrandom::fill(&mut [0; 16])?;
        Ok(Self { start: Instant::now() })
    }
}

impl Clock for Environment {
    fn now(&self) -> Duration {
        // Of a clock that stands before 1970 no rule is kept, and nothing is lost by it.
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

impl Entropy for Environment {
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            // It gave some at the start. A system that ceases to is broken, and to go on with zeros would give secrets away.
            tracing::error!(%error, "the system gives no random numbers any more");
            std::process::abort();
        }
    }
}
