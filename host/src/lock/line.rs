//! Lines: who wants the same lock in one process stands in line, in the order they came, and only the first asks OSS. As
//! long as one of them holds the lock, nobody asks at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

/// More lines than so many are looked through for those in which nobody stands any more.
const MANY: usize = 64;

/// The lines of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: Mutex<HashMap<String, Weak<Turns<()>>>>,
}

/// To be the first in a line. It is over when this is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Lines {
    /// Waits to be the first in the line of a name. The place in the line is that of the first poll.
    pub(super) fn turn(&self, name: &str) -> impl Future<Output = Turn> + Send + use<> {
        self.line(name).lock_owned()
    }

    /// To be the first, if nobody stands in the line.
    pub(super) fn turn_now(&self, name: &str) -> Option<Turn> {
        self.line(name).try_lock_owned().ok()
    }

    fn line(&self, name: &str) -> Arc<Turns<()>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(name).and_then(Weak::upgrade) {
            return line;
        }
        if lines.len() >= MANY && lines.len().is_power_of_two() {
            lines.retain(|_, line| line.strong_count() > 0);
        }
        let line = Arc::default();
        lines.insert(name.to_owned(), Arc::downgrade(&line));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn first_come_first_served_and_nothing_is_kept() {
        let lines = Lines::default();
        let first = lines.turn("a").now_or_never().unwrap();
        let (mut second, mut third) = (Box::pin(lines.turn("a")), Box::pin(lines.turn("a")));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        assert!(lines.turn_now("a").is_none() && lines.turn_now("b").is_some());
        drop(first);
        assert!((&mut third).now_or_never().is_none());
        drop(second);
        assert!((&mut third).now_or_never().is_some());
        for number in 0..1000 {
            drop(lines.turn_now(&number.to_string()));
        }
        assert!(lines.lines.lock().unwrap().len() <= 2 * MANY);
    }
}
