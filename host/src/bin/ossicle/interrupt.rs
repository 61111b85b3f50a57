//! Ctrl-C: whatever is under way is dropped at once, and what it had begun in this machine's files with it.

use crate::trouble::Trouble;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const INT: u8 = 2;
#[cfg(unix)]
const TERM: u8 = 15;

/// Whether a change was ordered, so that an end leaves it open whether it took effect. There is one command a process.
static CHANGING: AtomicBool = AtomicBool::new(false);

/// Says that a change is ordered now.
pub fn change_begins() {
    CHANGING.store(true, Relaxed);
}

/// The command's result, unless the user or the system wants an end before.
pub async fn or_interrupted<T>(command: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    tokio::select! {
        biased;
        signal = signal() => Err(Trouble::Interrupted { signal, changing: CHANGING.load(Relaxed) }),
        result = command => result,
    }
}

/// The signals that want an end, one after the other.
pub struct Signals {
    #[cfg(unix)]
    streams: Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>,
}

impl Signals {
    /// From now on signals have no other effect.
    pub fn new() -> Self {
        Self {
            #[cfg(unix)]
            streams: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::interrupt()).and_then(|int| Ok((int, signal(SignalKind::terminate())?))).ok()
            },
        }
    }

    /// The number of the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) -> u8 {
        // Where they can't be heard of, they keep their usual effect, which is an end as well.
        let Some((interrupt, terminate)) = &mut self.streams else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => INT,
            _ = terminate.recv() => TERM,
        }
    }

    /// The number of the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> u8 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => INT,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Returns with the number of the signal that wants an end.
pub async fn signal() -> u8 {
    Signals::new().next().await
}
