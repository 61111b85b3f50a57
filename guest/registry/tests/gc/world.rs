//! A simulated world: one OSS, an unreliable network, and processes with clocks of their own that pause, freeze and crash,
//! all driven by one queue of events, so that nothing but the seed decides what happens.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use ossicle_registry::gc::timing::BATCH_MARGIN;
use ossicle_registry::ports::{Clock, Entropy, OssTime, StorageError, StorageErrorKind, Window};

use crate::bucket::{Bucket, Operation, Reply, dated};
use crate::judge::Judge;
use crate::random::Random;
use crate::weather::{SECOND, Weather};

/// OSS's time when a world begins.
pub const EPOCH: u64 = 1_800_000_000;

/// How long the deletes of one batch may take to have effect, beyond the lag of a request: what a collector leaves for that
/// before T2.
const BATCH: u64 = BATCH_MARGIN * SECOND;

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Registry,
    Collector,
    /// Outside: clients. They never pause.
    Outside,
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Slot {
    task: Option<Task>,
    waker: Waker,
    node: Rc<NodeState>,
    paused_until: Cell<u64>,
}

struct Flag {
    task: usize,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().push(self.task);
    }
}

struct Exchange {
    waker: RefCell<Option<Waker>>,
    node: Rc<NodeState>,
    operation: Operation,
    window: Option<Window>,
    reply: RefCell<Option<Reply>>,
    is_answered: Cell<bool>,
}

enum Event {
    Poll(usize),
    Wake(Waker),
    Arrive(Rc<Exchange>),
    Commit(Rc<Exchange>),
    /// One delete of a batch has effect.
    DeleteOne(Rc<Exchange>, usize),
    Answer(Rc<Exchange>, Reply),
    Receive(Rc<Exchange>, Reply),
    GiveUp(Rc<Exchange>),
    Call(Box<dyn FnOnce(&World)>),
}

struct Inner {
    now: Cell<u64>,
    sequence: Cell<u64>,
    steps: Cell<u64>,
    queue: RefCell<BTreeMap<(u64, u64), Event>>,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<usize>>,
    woken: Arc<Mutex<Vec<usize>>>,
    bucket: RefCell<Bucket>,
    judge: RefCell<Judge>,
    is_bad: Cell<bool>,
    weather: Weather,
    random: Random,
    trace: RefCell<Option<VecDeque<String>>>,
}

/// The world.
#[derive(Clone)]
pub struct World(Rc<Inner>);

impl World {
    pub fn new(seed: u64, weather: Weather, judge: Judge, keeps_trace: bool) -> Self {
        Self(Rc::new(Inner {
            now: Cell::new(0),
            sequence: Cell::new(0),
            steps: Cell::new(0),
            queue: RefCell::default(),
            slots: RefCell::default(),
            free: RefCell::default(),
            woken: Arc::default(),
            bucket: RefCell::default(),
            judge: RefCell::new(judge),
            is_bad: Cell::new(true),
            weather,
            random: Random::new(seed),
            trace: RefCell::new(keeps_trace.then(VecDeque::new)),
        }))
    }

    pub fn now(&self) -> u64 {
        self.0.now.get()
    }

    pub fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    pub fn random(&self) -> &Random {
        &self.0.random
    }

    pub fn weather(&self) -> &Weather {
        &self.0.weather
    }

    pub fn is_bad(&self) -> bool {
        self.0.is_bad.get()
    }

    /// From now on nothing goes wrong any more.
    pub fn calm(&self) {
        self.0.is_bad.set(false);
    }

    pub fn bucket<T>(&self, look: impl FnOnce(&mut Bucket) -> T) -> T {
        look(&mut self.0.bucket.borrow_mut())
    }

    pub fn judge<T>(&self, look: impl FnOnce(&mut Judge) -> T) -> T {
        look(&mut self.0.judge.borrow_mut())
    }

    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut *self.0.trace.borrow_mut() {
            if trace.len() >= 500 {
                trace.pop_front();
            }
            trace.push_back(format!("{:>10.3} {}", self.now() as f64 / SECOND as f64, line()));
        }
    }

    pub fn trace(&self) -> Vec<String> {
        self.0.trace.borrow().iter().flatten().cloned().collect()
    }

    /// A random time with this mean, mostly shorter and at times much longer.
    pub fn about(&self, mean: u64) -> u64 {
        let uniform = (self.0.random.below(1_000_000) + 1) as f64 / 1_000_001.0;
        (-uniform.ln() * mean as f64) as u64
    }

    pub fn after(&self, after: u64, call: impl FnOnce(&World) + 'static) {
        self.at(after, Event::Call(Box::new(call)));
    }

    fn at(&self, after: u64, event: Event) {
        let sequence = self.0.sequence.get();
        self.0.sequence.set(sequence + 1);
        self.0.queue.borrow_mut().insert((self.now().saturating_add(after), sequence), event);
    }

    /// Runs until a moment, or a violation.
    pub fn run_until(&self, time: u64, mut each: impl FnMut()) -> Result<(), String> {
        loop {
            let next = self.0.queue.borrow().first_key_value().map(|(key, _)| *key);
            match next {
                Some((at, _)) if at <= time => self.step(),
                _ => break,
            }
            if let Some(violation) = self.judge(|judge| judge.violation.take()) {
                return Err(violation);
            }
            each();
        }
        self.0.now.set(time.max(self.now()));
        Ok(())
    }

    fn step(&self) {
        let Some(((time, _), event)) = self.0.queue.borrow_mut().pop_first() else { return };
        self.0.now.set(time);
        self.0.steps.set(self.steps() + 1);
        match event {
            Event::Poll(task) => self.poll(task),
            Event::Wake(waker) => waker.wake(),
            Event::Arrive(exchange) => self.arrive(&exchange),
            Event::Commit(exchange) => self.commit(&exchange),
            Event::DeleteOne(exchange, which) => self.delete_one(&exchange, which),
            Event::Answer(exchange, reply) => self.answer(&exchange, reply),
            Event::Receive(exchange, reply) => self.receive(&exchange, reply),
            Event::GiveUp(exchange) => {
                let error = StorageError { undecided: true, ..unavailable() };
                self.receive(&exchange, Err(error));
            }
            Event::Call(call) => call(self),
        }
        let woken = std::mem::take(&mut *self.0.woken.lock().unwrap());
        woken.into_iter().for_each(|task| self.at(0, Event::Poll(task)));
    }

    // Tasks.

    pub fn spawn(&self, node: &Node, task: impl Future<Output = ()> + 'static) -> usize {
        let mut slots = self.0.slots.borrow_mut();
        let number = self.0.free.borrow_mut().pop().unwrap_or(slots.len());
        let flag = Flag { task: number, woken: self.0.woken.clone() };
        let waker = Arc::new(flag).into();
        let slot = Slot { task: Some(Box::pin(task)), waker, node: node.state.clone(), paused_until: Cell::new(0) };
        if number == slots.len() {
            slots.push(slot);
        } else {
            slots[number] = slot;
        }
        drop(slots);
        self.at(0, Event::Poll(number));
        number
    }

    /// Ends everything that runs on a node. What was sent stays under way.
    pub fn crash(&self, node: &Node) {
        let slots = self.0.slots.borrow();
        let of_node = |slot: &Slot| slot.task.is_some() && Rc::ptr_eq(&slot.node, &node.state);
        let tasks: Vec<usize> = (0..slots.len()).filter(|number| of_node(&slots[*number])).collect();
        drop(slots);
        for task in tasks {
            let dropped = self.0.slots.borrow_mut()[task].task.take();
            drop(dropped);
            self.0.free.borrow_mut().push(task);
        }
    }

    fn poll(&self, number: usize) {
        let (task, waker) = {
            let mut slots = self.0.slots.borrow_mut();
            let slot = &mut slots[number];
            if slot.task.is_none() {
                return;
            }
            if self.is_bad() {
                let until = slot.paused_until.get().max(slot.node.frozen_until.get());
                if until > self.now() {
                    return self.at(until - self.now(), Event::Poll(number));
                }
                if slot.paused_until.get() != self.now() {
                    let pause = self.pause(&slot.node);
                    if pause > 0 {
                        slot.paused_until.set(self.now() + pause);
                        return self.at(pause, Event::Poll(number));
                    }
                }
            }
            (slot.task.take(), slot.waker.clone())
        };
        let Some(mut task) = task else { return };
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.0.slots.borrow_mut()[number].task = Some(task);
        } else {
            self.0.free.borrow_mut().push(number);
        }
    }

    /// How long a task pauses before its next step.
    fn pause(&self, node: &NodeState) -> u64 {
        let random = &self.0.random;
        if node.role == Role::Outside || !random.chance(self.0.weather.pauses) {
            return 0;
        }
        match random.below(4) {
            0 => self.about(5 * SECOND),
            1 => self.about(30 * SECOND),
            2 => self.about(100 * SECOND),
            _ => random.range(60 * SECOND, 300 * SECOND),
        }
    }

    // The network and OSS.

    fn send(&self, exchange: &Rc<Exchange>) {
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

    fn arrive(&self, exchange: &Rc<Exchange>) {
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
                self.at(lag + BATCH, Event::Answer(exchange.clone(), Ok(crate::bucket::Answer::Deleted(clock))));
            }
            _ if lag > 0 && !exchange.operation.is_read() => self.at(lag, Event::Commit(exchange.clone())),
            _ => self.commit(exchange),
        }
    }

    fn commit(&self, exchange: &Rc<Exchange>) {
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

    fn delete_one(&self, exchange: &Exchange, which: usize) {
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

    fn answer(&self, exchange: &Rc<Exchange>, reply: Reply) {
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

    fn receive(&self, exchange: &Exchange, reply: Reply) {
        if !exchange.is_answered.replace(true) {
            *exchange.reply.borrow_mut() = Some(reply);
            exchange.waker.take().into_iter().for_each(Waker::wake);
        }
    }
}

fn unavailable() -> StorageError {
    StorageError::new(StorageErrorKind::Unavailable, "no response")
}

struct NodeState {
    name: String,
    role: Role,
    /// In millionths.
    rate: u64,
    offset: u64,
    frozen_until: Cell<u64>,
}

/// A machine with clocks of its own, on which tasks run.
#[derive(Clone)]
pub struct Node {
    world: World,
    state: Rc<NodeState>,
}

impl World {
    /// A node whose clocks are wrong in some way.
    pub fn node(&self, name: String, role: Role) -> Node {
        let rate = 930_000 + self.0.random.below(140_000);
        let offset = self.0.random.below(1_000_000 * SECOND);
        let state = NodeState { name, role, rate, offset, frozen_until: Cell::new(0) };
        Node { world: self.clone(), state: Rc::new(state) }
    }
}

impl Node {
    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Stops everything on it for a while; its clocks go on.
    pub fn freeze(&self, length: u64) {
        self.state.frozen_until.set(self.world.now() + length);
    }

    /// Sends a request, and waits until it is answered or this side gives up.
    pub async fn exchange(&self, operation: Operation, window: Option<Window>) -> Reply {
        let exchange = Rc::new(Exchange {
            waker: RefCell::new(None),
            node: self.state.clone(),
            operation,
            window,
            reply: RefCell::new(None),
            is_answered: Cell::new(false),
        });
        self.world.send(&exchange);
        std::future::poll_fn(|context| match exchange.reply.borrow_mut().take() {
            Some(reply) => Poll::Ready(reply),
            None => {
                *exchange.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    pub async fn pause(&self, length: u64) {
        self.sleep(Duration::from_millis(length)).await;
    }
}

impl Clock for Node {
    fn now(&self) -> Duration {
        self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.state.offset + self.world.now() * self.state.rate / 1_000_000)
    }

    fn sleep(&self, length: Duration) -> impl Future<Output = ()> {
        let length = u64::try_from(length.as_millis()).unwrap() * 1_000_000 / self.state.rate;
        let until = self.world.now() + length;
        let mut is_set = false;
        std::future::poll_fn(move |context| {
            if self.world.now() >= until {
                return Poll::Ready(());
            }
            if !is_set {
                is_set = true;
                self.world.at(until - self.world.now(), Event::Wake(context.waker().clone()));
            }
            Poll::Pending
        })
    }
}

impl Entropy for Node {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().for_each(|byte| *byte = self.world.0.random.next() as u8);
    }
}
