//! Clocks and random numbers.

use std::time::Duration;

use crate::ports::Clock;
use crate::wake_signal::{WakeOnDrop, WakeSignal, WakeSignals};
use crate::wasi::Wasi;
use crate::wasi::bindings::wasi::clocks::{monotonic_clock, system_clock};
use crate::wasi::bindings::wit_stream;

impl Clock for Wasi {
    fn now(&self) -> Duration {
        let now = system_clock::now();
        // A clock before 1970 is as wrong as one at 1970: OSS reports that.
        Duration::new(u64::try_from(now.seconds).unwrap_or(0), now.nanoseconds)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, length: Duration) {
        monotonic_clock::wait_for(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)).await;
    }
}

impl WakeSignals for Wasi {
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
        // One end of a stream waits for the other to be dropped.
        let (writer, mut reader) = wit_stream::new::<u8>();
        let signal = async move { drop(reader.read(Vec::with_capacity(1)).await) };
        (WakeOnDrop::new(writer), Box::pin(signal))
    }
}
