//! One process of a simulated fleet: callers that share an instance. Each gets locks, works under them and lets them go.

use std::cell::{Cell, RefCell, RefMut};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, join, select};
use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{Lease, LockError, Locks, Unlocked};
use ossicle_guest::ports::Clock as _;

use crate::facts::{Facts, Holder, read_counter};
use crate::fleet::Fleet;
use crate::oss::SECOND;
use crate::peer::settings;
use crate::random::Random;
use crate::site::{Data, Ended};
use crate::weather::Weather;
use crate::world::Node;

/// A process: what its callers share.
pub struct Process {
    fleet: Rc<Fleet>,
    node: Node,
    number: usize,
    locks: Locks<Node>,
    data: Data,
    random: Random,
}

/// A lease that a caller works under, and may use in several calls at once.
struct Tenure {
    name: usize,
    lease: RefCell<Lease>,
    /// Whether it relies on the lease no more.
    is_let_go: Cell<bool>,
    has_written: Cell<bool>,
    /// Whether a write may take effect yet for which no release waits.
    is_open: Cell<bool>,
}

impl Tenure {
    fn lease(&self) -> Lease {
        self.lease.borrow().clone()
    }
}

impl Process {
    /// Starts it, and gives its tasks.
    pub fn start(fleet: &Rc<Fleet>, node: &Node, number: usize) -> Vec<usize> {
        let locks = Locks::new(node.clone(), settings(), fleet.setup.locks.clone());
        let process = Rc::new(Self {
            fleet: fleet.clone(),
            node: node.clone(),
            number,
            data: Data::new(fleet.setup.component, node, &locks),
            locks,
            random: fleet.world.random(),
        });
        let mut tasks: Vec<_> = (0..fleet.callers[number])
            .map(|caller| {
                let process = process.clone();
                fleet.world.spawn(node, async move { process.call(caller).await })
            })
            .collect();
        if fleet.weather.stops > 0 {
            tasks.push(fleet.world.spawn(node, async move { process.meddle().await }));
        }
        tasks
    }

    fn facts(&self) -> RefMut<'_, Facts> {
        self.fleet.facts.borrow_mut()
    }

    fn weather(&self) -> &Weather {
        &self.fleet.weather
    }

    async fn pause(&self, most: u64) {
        self.node.sleep(Duration::from_micros(self.random.below(most * SECOND))).await;
    }

    fn any_name(&self) -> usize {
        self.random.below(self.fleet.names as u64) as usize
    }

    /// Ends waits of the callers and settles what dropped calls left, as hosts do.
    async fn meddle(&self) {
        while self.fleet.is_bad() {
            self.pause(15).await;
            if self.random.chance(self.weather().stops) {
                self.locks.stop_waiting(&self.any_name().to_string());
            }
            if self.random.chance(self.weather().stops / 4) {
                drop(self.locks.release_abandoned().await);
            }
        }
    }

    /// One of its callers.
    async fn call(&self, caller: usize) {
        let holder = Holder { process: self.number, caller };
        loop {
            let is_bad = self.fleet.is_bad();
            let name = self.any_name();
            if let Some(lease) = self.get(name).await {
                self.fleet.world.note(|| format!("{holder} holds with token {}", lease.token));
                self.facts().holds(holder, &self.node, name, &lease, true);
                self.work(holder, name, lease).await;
                if !is_bad {
                    self.fleet.served.borrow_mut().insert(holder);
                    return;
                }
            }
            self.pause(if is_bad { 20 } else { 1 }).await;
        }
    }

    async fn get(&self, name: usize) -> Option<Lease> {
        let is_bad = self.fleet.is_bad();
        let wait = Duration::from_secs(if is_bad { self.random.below(200) } else { 2000 });
        let text = name.to_string();
        let call = async {
            if is_bad && self.random.chance(self.weather().tries) {
                self.locks.try_lock(&text).await
            } else {
                self.locks.lock(&text, wait).await
            }
        };
        let result = if is_bad && self.random.chance(self.weather().cancel) {
            // The caller loses patience at any moment.
            let (call, patience) = (pin!(call), pin!(self.pause(60)));
            match select(call, patience).await {
                Either::Left((result, _)) => result,
                Either::Right(_) => return None,
            }
        } else {
            call.await
        };
        match result {
            Ok(lease) => Some(lease),
            Err(LockError::Held { .. }) => None,
            Err(LockError::Failed(error)) if error.retryable || error.kind == ErrorKind::AccessDenied => None,
            Err(error) => {
                self.facts().violation.get_or_insert(format!("process {} failed to lock: {error}", self.number));
                None
            }
        }
    }

    async fn work(&self, holder: Holder, name: usize, lease: Lease) {
        let is_bad = self.fleet.is_bad();
        let tenure = Tenure {
            name,
            lease: RefCell::new(lease),
            is_let_go: Cell::default(),
            has_written: Cell::default(),
            is_open: Cell::default(),
        };
        let overlaps = || is_bad && self.random.chance(self.weather().overlaps);
        if overlaps() {
            join(self.job(holder, &tenure), self.keep(holder, &tenure)).await;
        } else {
            self.job(holder, &tenure).await;
        }
        tenure.is_let_go.set(true);
        self.facts().lets_go(holder, name);
        // It is let to run out where nothing else tells when the last write under it is over.
        if tenure.is_open.get() || is_bad && self.random.chance(self.weather().forget) {
            return;
        }
        let releasing = self.release(&tenure);
        if !overlaps() {
            return releasing.await;
        }
        match self.random.below(3) {
            0 => drop(join(releasing, self.renew(holder, &tenure)).await),
            1 if self.data.is_waited_for() => drop(join(releasing, self.increment(&tenure)).await),
            _ => drop(join(releasing, self.release(&tenure)).await),
        }
    }

    /// What the lock is held for: pauses, renewals and a write, one after the other.
    async fn job(&self, holder: Holder, tenure: &Tenure) {
        let is_bad = self.fleet.is_bad();
        for _ in 0..self.random.below(if is_bad { 6 } else { 3 }) {
            match self.random.below(3) {
                0 => self.pause(if is_bad { 40 } else { 1 }).await,
                1 => self.renew(holder, tenure).await,
                _ => self.increment(tenure).await,
            }
            if tenure.is_let_go.get() {
                return;
            }
        }
    }

    /// Renewals beside the job.
    async fn keep(&self, holder: Holder, tenure: &Tenure) {
        for _ in 0..self.random.below(4) {
            self.pause(25).await;
            if tenure.is_let_go.get() {
                return;
            }
            self.renew(holder, tenure).await;
        }
    }

    async fn renew(&self, holder: Holder, tenure: &Tenure) {
        let lease = tenure.lease();
        match self.locks.renew(&lease).await {
            Ok(renewed) => {
                // Of two renewals at once the one that lasts longer counts.
                if !tenure.is_let_go.get() && renewed.deadline > tenure.lease().deadline {
                    self.facts().holds(holder, &self.node, tenure.name, &renewed, false);
                    *tenure.lease.borrow_mut() = renewed;
                }
            }
            Err(LockError::Lost { .. }) => {
                self.facts().lost(tenure.name, &lease);
                self.facts().lets_go(holder, tenure.name);
                tenure.is_let_go.set(true);
            }
            Err(_) => {}
        }
    }

    async fn release(&self, tenure: &Tenure) {
        let lease = tenure.lease();
        let mut result = self.locks.unlock(&lease).await;
        if result.is_err() && self.random.chance(500) {
            result = self.locks.unlock(&lease).await;
        }
        match result {
            Ok(Unlocked::Released) => self.facts().released(tenure.name, &lease),
            Ok(Unlocked::Lost) => self.facts().lost(tenure.name, &lease),
            Ok(Unlocked::AlreadyGone) | Err(_) => {}
        }
    }

    /// Adds one to a counter that all share: read, then written under the lease.
    async fn increment(&self, tenure: &Tenure) {
        if tenure.has_written.replace(true) {
            return;
        }
        let key = format!("data/{}", tenure.name);
        let count = match self.data.load(&key).await {
            Ok(value) => read_counter(&value).1,
            Err(ErrorKind::NotFound) => 0,
            Err(_) => return,
        };
        // Only the deadline protects it, however long this takes.
        self.pause(2).await;
        let lease = tenure.lease();
        let value = format!("{} {}", lease.token, count + 1);
        match self.data.store_under(&lease, &key, Bytes::from(value)).await {
            Ended::Decided => {}
            Ended::Refused => self.facts().not_written(tenure.name, &lease),
            Ended::Open => tenure.is_open.set(true),
        }
    }
}
