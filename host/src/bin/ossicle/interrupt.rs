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

/// Returns with the number of the signal that wants an end.
#[cfg(unix)]
pub async fn signal() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // The signals keep their usual effect, which is an end as well.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => INT,
        _ = terminate.recv() => TERM,
    }
}

/// Returns when the user wants an end.
#[cfg(not(unix))]
pub async fn signal() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => INT,
        Err(_) => std::future::pending().await,
    }
}
