//! Who is inside an instance, and whether more may come in.

use super::Job;
use crate::error::{Retirement, StorageError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};

/// How an instance ended.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Retired(Retirement),
    /// It never served: the component refused the config.
    Refused(StorageError),
    /// It never served: it did not start.
    Broken(String),
}

/// An instance, as seen from outside the task that drives it.
pub(crate) struct Instance {
    /// Which of the engine's components it is of.
    pub(crate) generation: u64,
    born: Instant,
    jobs: mpsc::UnboundedSender<Box<dyn Job>>,
    gate: watch::Sender<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    closed: Option<Retirement>,
    inside: usize,
    admitted: u64,
    /// Whether the engine has room for it.
    placed: bool,
    end: Option<End>,
}

/// A call's stay in an instance. The instance is not dropped as long as there is one, unless it fails.
pub(crate) struct Ticket {
    instance: Arc<Instance>,
}

impl Instance {
    pub(super) fn new(generation: u64) -> (Arc<Self>, mpsc::UnboundedReceiver<Box<dyn Job>>) {
        let (jobs, ordered) = mpsc::unbounded_channel();
        let gate = watch::Sender::new(Gate::default());
        (Arc::new(Self { generation, born: Instant::now(), jobs, gate }), ordered)
    }

    /// Lets a call in, unless the instance takes no more. The last one it may serve closes the gate behind itself.
    pub(crate) fn enter(self: &Arc<Self>, calls: u64, age: Duration) -> Option<Ticket> {
        let mut entered = false;
        self.gate.send_if_modified(|gate| {
            if gate.closed.is_none() && gate.end.is_none() {
                entered = true;
                gate.inside += 1;
                gate.admitted += 1;
                if gate.admitted >= calls || self.born.elapsed() >= age {
                    gate.closed = Some(Retirement::WornOut);
                }
            }
            entered
        });
        entered.then(|| Ticket { instance: Arc::clone(self) })
    }

    /// Takes no more calls; those inside may go on.
    pub(crate) fn retire(&self, reason: Retirement) {
        self.gate.send_if_modified(|gate| {
            let first = gate.closed.is_none();
            if first {
                gate.closed = Some(reason);
            }
            first
        });
    }

    /// How it ended, once it has.
    pub(crate) async fn ended(&self) -> End {
        let mut gate = self.gate.subscribe();
        match gate.wait_for(|gate| gate.end.is_some()).await.map(|gate| gate.end.clone()) {
            Ok(Some(end)) => end,
            _ => End::Retired(Retirement::Closed),
        }
    }

    /// Whether the engine has had room for it.
    pub(crate) fn placed(&self) -> bool {
        self.gate.borrow().placed
    }

    pub(super) fn place(&self) {
        self.gate.send_modify(|gate| gate.placed = true);
    }

    /// Ends when the gate is closed and nobody is inside any more.
    pub(super) async fn drained(&self) -> Retirement {
        let mut gate = self.gate.subscribe();
        match gate.wait_for(|gate| gate.closed.is_some() && gate.inside == 0).await.map(|gate| gate.closed.clone()) {
            Ok(Some(reason)) => reason,
            _ => Retirement::Closed,
        }
    }

    /// Ends when nobody has been inside for a while, or nobody is and another needs the room.
    pub(super) async fn idle(&self, limit: Duration, pressure: &Notify) -> Retirement {
        let mut gate = self.gate.subscribe();
        loop {
            if gate.wait_for(|gate| gate.inside == 0).await.is_err() {
                return Retirement::Closed;
            }
            tokio::select! {
                _ = gate.wait_for(|gate| gate.inside > 0) => continue,
                () = tokio::time::sleep(limit) => {}
                () = pressure.notified() => {}
            }
            if self.close_if_empty() {
                return Retirement::Idle;
            }
        }
    }

    fn close_if_empty(&self) -> bool {
        self.gate.send_if_modified(|gate| {
            let empty = gate.inside == 0;
            if empty && gate.closed.is_none() {
                gate.closed = Some(Retirement::Idle);
            }
            empty
        })
    }

    pub(super) fn end(&self, end: End) {
        self.gate.send_modify(|gate| gate.end = Some(end));
    }
}

impl Ticket {
    /// Gives a call to the instance; back comes what it can't take any more.
    pub(crate) fn order(&self, job: Box<dyn Job>) -> Result<(), Box<dyn Job>> {
        self.instance.jobs.send(job).map_err(|refused| refused.0)
    }

    pub(crate) fn instance(&self) -> &Instance {
        &self.instance
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.instance.gate.send_modify(|gate| gate.inside -= 1);
    }
}
