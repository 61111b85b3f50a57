//! The core's clock and random numbers.

use ossicle_face_http::clocks;
use ossicle_registry::ports::{Clock, Entropy};
use std::time::Duration;

/// The clock and the random numbers of the host.
#[derive(Clone, Copy, Debug)]
pub struct Host;

impl Clock for Host {
    fn now(&self) -> Duration {
        clocks::now()
    }

    fn monotonic(&self) -> Duration {
        clocks::monotonic()
    }

    async fn sleep(&self, length: Duration) {
        clocks::sleep(length).await;
    }
}

impl Entropy for Host {
    fn fill(&self, buffer: &mut [u8]) {
        clocks::fill_with_random(buffer);
    }
}
