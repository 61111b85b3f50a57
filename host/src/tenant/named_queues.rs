//! Queues by name: those who want the same lock in one process wait in the order in which they came, and only the first asks
//! OSS. As long as one of them holds the lock, nobody asks at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

/// More queues than so many are searched for those in which nobody waits any more.
const MANY: usize = 64;

/// The queues of a tenant.
#[derive(Debug, Default)]
pub(crate) struct NamedQueues {
    queues: Mutex<HashMap<String, Weak<Queue<()>>>>,
}

/// To be the first in a queue, until this is dropped.
pub(crate) type QueueHead = OwnedMutexGuard<()>;

impl NamedQueues {
    /// Waits to be the first in the queue of a name. The place in it is that of the first poll.
    pub(crate) fn first(&self, name: &str) -> impl Future<Output = QueueHead> + Send + use<> {
        self.queue(name).lock_owned()
    }

    /// To be the first, if nobody waits.
    pub(crate) fn first_now(&self, name: &str) -> Option<QueueHead> {
        self.queue(name).try_lock_owned().ok()
    }

    fn queue(&self, name: &str) -> Arc<Queue<()>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(name).and_then(Weak::upgrade) {
            return queue;
        }
        if queues.len() >= MANY && queues.len().is_power_of_two() {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::default();
        queues.insert(name.to_owned(), Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn first_come_first_served_and_nothing_is_kept() {
        let queues = NamedQueues::default();
        let first = queues.first("a").now_or_never().unwrap();
        let (mut second, mut third) = (Box::pin(queues.first("a")), Box::pin(queues.first("a")));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        assert!(queues.first_now("a").is_none() && queues.first_now("b").is_some());
        drop(first);
        assert!((&mut third).now_or_never().is_none());
        drop(second);
        assert!((&mut third).now_or_never().is_some());
        for number in 0..1000 {
            drop(queues.first_now(&number.to_string()));
        }
        assert!(queues.queues.lock().unwrap().len() <= 2 * MANY);
    }
}
