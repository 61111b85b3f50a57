//! The network between the processes and OSS, and when what they ask for has its effect.

use std::rc::Rc;

use ossicle_registry::gc::timing::BATCH_MARGIN;
use ossicle_registry::ports::{OssTime, StorageError, StorageErrorKind};

use super::{EPOCH, Event, Exchange, Role, World};
use crate::bucket::{Answer, Operation, Reply, dated};
use crate::weather::SECOND;

/// How long the deletes of one batch may take to have effect, beyond the lag of a request: what a collector leaves for that
/// before T2.
const BATCH: u64 = BATCH_MARGIN * SECOND;

impl World {
    pub(super) fn send(&self, exchange: &Rc<Exchange>) {
        let (random, weather) = (&self.0.random, &self.0.weather);
        if !self.is_bad() {
            return self.at(20, Event::Arrive(exchange.clone()));
        }
        let patience = [5, 20, 300][random.below(3) as usize];
        self.at(patience * SECOND, Event::GiveUp(exchange.clone()));
        let copies = if random.chance(weather.doubled) { 2 } else { 1 };
        for _ in 0..copies {
            if !random.chance(weather.lost) {
                self.at(self.delay(exchange), Event::Arrive(exchange.clone()));
            }
        }
    }

    /// How long a request is under way.
    fn delay(&self, exchange: &Exchange) -> u64 {
        let (random, weather) = (&self.0.random, &self.0.weather);
        let edge = match exchange.operation {
            Operation::Append { .. } => weather.edge_appends,
            Operation::Delete { .. } if exchange.node.role == Role::Collector => weather.edge_deletes,
            _ => weather.edge,
        };
        if let Some(window) = exchange.window.filter(|_| random.chance(edge)) {
            // The worst moment: just inside the deadline.
            let end = (window.end.0 - EPOCH) * SECOND + SECOND;
            let around = random.below(2 * weather.skew + 1);
            return (end + around).saturating_sub(self.now() + weather.skew);
        }
        if random.chance(weather.late) {
            return match exchange.operation {
                Operation::Put { .. } | Operation::Append { .. } if random.chance(500) => random.below(300 * SECOND),
                _ => self.about([3, 3, 20, 120][random.below(4) as usize] * SECOND),
            };
        }
        random.below(300)
    }

    /// The clock of one of OSS's servers.
    fn server_clock(&self) -> OssTime {
        let skew = self.0.weather.skew;
        let now = EPOCH * SECOND + self.now() + self.0.random.below(skew + 1) - skew / 2;
        OssTime(now / SECOND)
    }

    fn lags(&self) -> bool {
        self.is_bad() && self.0.random.chance(self.0.weather.lagging)
    }

    pub(super) fn arrive(&self, exchange: &Rc<Exchange>) {
        let clock = self.server_clock();
        if exchange.window.is_some_and(|window| clock > window.end) {
            let error = StorageError::new(StorageErrorKind::TooLate, "too late").dated(clock);
            return self.reply(exchange, Err(error));
        }
        let lag = if self.lags() { self.0.random.below(self.0.weather.lag) } else { 0 };
        match &exchange.operation {
            Operation::Delete { paths } if paths.len() > 1 => {
                for which in 0..paths.len() {
                    let slow = if self.lags() { self.0.random.below(BATCH) } else { 0 };
                    self.at(lag + slow, Event::DeleteOne(exchange.clone(), which));
                }
                self.at(lag + BATCH, Event::Answer(exchange.clone(), Ok(Answer::Deleted)));
            }
            _ if lag > 0 && !exchange.operation.is_read() => self.at(lag, Event::Commit(exchange.clone())),
            _ => self.commit(exchange),
        }
    }

    pub(super) fn commit(&self, exchange: &Rc<Exchange>) {
        let now = self.server_clock();
        let reply = self.bucket(|bucket| bucket.serve(&exchange.operation, now));
        self.judge_effect(exchange, &exchange.operation, reply.is_ok());
        let lag = if exchange.operation.is_read() && self.lags() { self.0.random.below(self.0.weather.lag) } else { 0 };
        if lag > 0 {
            self.at(lag, Event::Answer(exchange.clone(), reply));
        } else {
            self.answer(exchange, reply);
        }
    }

    pub(super) fn delete_one(&self, exchange: &Exchange, which: usize) {
        let Operation::Delete { paths } = &exchange.operation else { return };
        let operation = Operation::Delete { paths: paths.get(which..=which).map(<[_]>::to_vec).unwrap_or_default() };
        let now = self.server_clock();
        let reply = self.bucket(|bucket| bucket.serve(&operation, now));
        self.judge_effect(exchange, &operation, reply.is_ok());
    }

    fn judge_effect(&self, exchange: &Exchange, operation: &Operation, is_done: bool) {
        if operation.is_read() {
            return;
        }
        self.note(|| format!("OSS {} by {}: {is_done}", self.describe(operation), exchange.node.name));
        if is_done {
            let bucket = self.0.bucket.borrow();
            self.0.judge.borrow_mut().on_effect(operation, exchange.node.role, self.now(), &bucket);
        }
    }

    fn describe(&self, operation: &Operation) -> String {
        let judge = self.0.judge.borrow();
        let short = |path: &str| judge.shelf.short(path);
        match operation {
            Operation::Put { path, .. } => format!("put {}", short(path)),
            Operation::Append { position, .. } => format!("append at {position}"),
            Operation::Delete { paths } => {
                format!("delete {}", paths.iter().map(|path| short(path)).collect::<Vec<_>>().join(", "))
            }
            Operation::Load { path, .. } => format!("load {}", short(path)),
            Operation::Stat { path } => format!("stat {}", short(path)),
            Operation::List { directory, .. } => format!("list {directory}"),
        }
    }

    pub(super) fn answer(&self, exchange: &Rc<Exchange>, reply: Reply) {
        let date = self.server_clock();
        self.reply(exchange, dated(reply, date));
    }

    fn reply(&self, exchange: &Rc<Exchange>, reply: Reply) {
        let random = &self.0.random;
        if !self.is_bad() {
            return self.at(20, Event::Receive(exchange.clone(), reply));
        }
        if random.chance(self.0.weather.lost) {
            return;
        }
        let delay = if random.chance(950) { random.below(200) } else { self.about(10 * SECOND) };
        self.at(delay, Event::Receive(exchange.clone(), reply));
    }

    pub(super) fn receive(&self, exchange: &Exchange, reply: Reply) {
        if !exchange.is_answered.replace(true) {
            *exchange.reply.borrow_mut() = Some(reply);
            exchange.waker.take().into_iter().for_each(std::task::Waker::wake);
        }
    }
}
