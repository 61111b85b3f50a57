//! A simulated world: one OSS, an unreliable network, and processes with clocks of their own that pause, freeze and crash,
//! all driven by one queue of events, so that nothing but the seed decides what happens.

mod network;
mod node;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use ossicle_registry::ports::{StorageError, StorageErrorKind, Window};

pub use self::node::Node;
use self::node::NodeState;
use crate::bucket::{Bucket, Operation, Reply};
use crate::judge::Judge;
use crate::random::Random;
use crate::weather::{SECOND, Weather};

/// OSS's time when a world begins.
pub const EPOCH: u64 = 1_800_000_000;

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
}

fn unavailable() -> StorageError {
    StorageError::new(StorageErrorKind::Unavailable, "no response")
}
