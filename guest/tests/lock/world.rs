//! A simulated world: one OSS, a network that does what the test says, and nodes with clocks of their own, all driven by
//! one queue of events, so that nothing but the seed decides what happens.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use ossicle_guest::message::{self, Response, ResponseHeaders};
use ossicle_guest::ports::{
    Body, Clock, CredentialHost, Entropy, ExchangeTimeouts, Transport, TransportError, TransportErrorKind,
};
use ossicle_guest::wake_signal::{self, WakeOnDrop, WakeSignal, WakeSignals};

use crate::oss::{EPOCH, Oss, Reply, Request, SECOND, Versioning};
use crate::random::Random;

/// Changes an answer on its way.
pub type Edit = Rc<dyn Fn(&mut Reply)>;

/// What happens to one copy of a request. Times are microseconds.
#[derive(Clone, Default)]
pub struct Copy {
    /// After how long it arrives.
    pub arrives: u64,
    /// How long OSS takes between checking when it came and doing it.
    pub commits: u64,
    /// After how long the answer is back; `None` when it is lost.
    pub answers: Option<u64>,
    /// By how much the clock of the server that answers is off.
    pub skew: i64,
    /// Whether it is answered by an older state.
    pub stale: bool,
    /// What something on the way answers instead: OSS never sees it.
    pub instead: Option<Reply>,
    pub edit: Option<Edit>,
}

/// What happens to a request.
#[derive(Clone, Default)]
pub struct Fate {
    pub copies: Vec<Copy>,
    /// After how long the connection fails, unless an answer came.
    pub fails: Option<(u64, TransportErrorKind)>,
}

/// A round trip of 20 ms.
pub const HALF: u64 = 10_000;

impl Fate {
    pub fn fine() -> Self {
        Self::of(Copy { arrives: HALF, answers: Some(HALF), ..Copy::default() })
    }

    pub fn of(copy: Copy) -> Self {
        Self { copies: vec![copy], fails: None }
    }

    /// It never arrives.
    pub fn lost() -> Self {
        Self { copies: Vec::new(), fails: Some((HALF, TransportErrorKind::Broken)) }
    }

    /// It arrives, but the answer does not.
    pub fn unanswered() -> Self {
        let copy = Copy { arrives: HALF, answers: None, ..Copy::default() };
        Self { copies: vec![copy], fails: Some((2 * HALF, TransportErrorKind::Broken)) }
    }

    /// The connection breaks, and the request arrives only after a while.
    pub fn late(by: u64) -> Self {
        let copy = Copy { arrives: by, answers: None, ..Copy::default() };
        Self { copies: vec![copy], fails: Some((2 * HALF, TransportErrorKind::Broken)) }
    }

    /// OSS does it, and then this is answered.
    pub fn edited(edit: impl Fn(&mut Reply) + 'static) -> Self {
        let copy = Copy { arrives: HALF, answers: Some(HALF), edit: Some(Rc::new(edit)), ..Copy::default() };
        Self::of(copy)
    }

    /// OSS never sees it, and this is answered.
    pub fn instead(reply: Reply) -> Self {
        Self::of(Copy { arrives: HALF, answers: Some(HALF), instead: Some(reply), ..Copy::default() })
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Slot {
    task: Option<Task>,
    waker: Waker,
    node: Rc<NodeState>,
}

/// Notes which tasks were woken.
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
    task: usize,
    request: Request,
    answer: RefCell<Option<Result<Reply, TransportErrorKind>>>,
}

enum Event {
    Poll(usize),
    Arrive(Rc<Exchange>, Copy),
    Commit(Rc<Exchange>, Copy),
    Answer(Rc<Exchange>, Reply, Option<Edit>),
    Fail(Rc<Exchange>, TransportErrorKind),
    Call(Box<dyn FnOnce(&World)>),
}

type FateOf = Box<dyn FnMut(&Request, usize) -> Fate>;

struct Inner {
    now: Cell<u64>,
    sequence: Cell<u64>,
    steps: Cell<u64>,
    queue: RefCell<BTreeMap<(u64, u64), Event>>,
    slots: RefCell<Vec<Slot>>,
    woken: Arc<Mutex<Vec<usize>>>,
    current: Cell<usize>,
    oss: RefCell<Oss>,
    fate: RefCell<FateOf>,
    random: Random,
    sent: RefCell<Vec<String>>,
    trace: RefCell<Option<VecDeque<String>>>,
}

/// The world.
#[derive(Clone)]
pub struct World(Rc<Inner>);

impl World {
    pub fn new(seed: u64, versioning: Versioning) -> Self {
        Self(Rc::new(Inner {
            now: Cell::new(0),
            sequence: Cell::new(0),
            steps: Cell::new(0),
            queue: RefCell::default(),
            slots: RefCell::default(),
            woken: Arc::default(),
            current: Cell::new(usize::MAX),
            oss: RefCell::new(Oss::new(versioning)),
            fate: RefCell::new(Box::new(|_, _| Fate::fine())),
            random: Random::new(seed),
            sent: RefCell::default(),
            trace: RefCell::new(None),
        }))
    }

    pub fn now(&self) -> u64 {
        self.0.now.get()
    }

    pub fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    pub fn random(&self) -> Random {
        self.0.random.clone()
    }

    pub fn oss<T>(&self, look: impl FnOnce(&mut Oss) -> T) -> T {
        look(&mut self.0.oss.borrow_mut())
    }

    /// Decides from now on what happens to requests; the second argument numbers the node.
    pub fn set_fate(&self, fate: impl FnMut(&Request, usize) -> Fate + 'static) {
        *self.0.fate.borrow_mut() = Box::new(fate);
    }

    /// What was sent since the last time this was asked.
    pub fn sent(&self) -> Vec<String> {
        self.0.sent.take()
    }

    pub fn keep_trace(&self) {
        *self.0.trace.borrow_mut() = Some(VecDeque::new());
    }

    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut *self.0.trace.borrow_mut() {
            if trace.len() >= 400 {
                trace.pop_front();
            }
            trace.push_back(format!("{:>12.6} {}", self.now() as f64 / SECOND as f64, line()));
        }
    }

    pub fn trace(&self) -> Vec<String> {
        self.0.trace.borrow().iter().flatten().cloned().collect()
    }

    /// A node whose clock runs `rate` millionths too fast (or slow) and shows `offset` seconds more than OSS's.
    pub fn node(&self, rate: i64, offset: i64) -> Node {
        let state = NodeState {
            number: Cell::new(0),
            rate,
            born: self.now(),
            wall: Cell::new(offset),
            asleep_until: Cell::new(0),
        };
        Node { world: self.clone(), state: Rc::new(state) }
    }

    fn at(&self, after: u64, event: Event) {
        let sequence = self.0.sequence.get();
        self.0.sequence.set(sequence + 1);
        self.0.queue.borrow_mut().insert((self.now().saturating_add(after), sequence), event);
    }

    /// Does something after a while.
    pub fn after(&self, after: u64, call: impl FnOnce(&World) + 'static) {
        self.at(after, Event::Call(Box::new(call)));
    }

    pub fn spawn(&self, node: &Node, task: impl Future<Output = ()> + 'static) -> usize {
        let mut slots = self.0.slots.borrow_mut();
        let number = slots.len();
        let flag = Flag { task: number, woken: self.0.woken.clone() };
        slots.push(Slot { task: Some(Box::pin(task)), waker: Arc::new(flag).into(), node: node.state.clone() });
        drop(slots);
        self.at(0, Event::Poll(number));
        number
    }

    /// Ends a task where it stands. What it sent stays under way.
    pub fn kill(&self, task: usize) {
        let dropped = self.0.slots.borrow_mut()[task].task.take();
        drop(dropped);
    }

    /// The next event; false when there is none.
    pub fn step(&self) -> bool {
        let Some(((time, _), event)) = self.0.queue.borrow_mut().pop_first() else { return false };
        self.0.now.set(time);
        self.0.steps.set(self.0.steps.get() + 1);
        match event {
            Event::Poll(task) => self.poll(task),
            Event::Arrive(exchange, copy) => self.arrive(exchange, copy),
            Event::Commit(exchange, copy) => self.commit(&exchange, &copy),
            Event::Answer(exchange, mut reply, edit) => {
                if let Some(edit) = edit {
                    edit(&mut reply);
                }
                self.note(|| {
                    format!(
                        "answer {} {} to {}",
                        reply.status,
                        reply.get("date").unwrap_or(""),
                        exchange.request.describe()
                    )
                });
                self.answer(&exchange, Ok(reply));
            }
            Event::Fail(exchange, kind) => self.answer(&exchange, Err(kind)),
            Event::Call(call) => call(self),
        }
        let woken = std::mem::take(&mut *self.0.woken.lock().unwrap());
        woken.into_iter().for_each(|task| self.at(0, Event::Poll(task)));
        true
    }

    /// Runs until a moment.
    pub fn run_until(&self, time: u64) {
        while self.0.queue.borrow().first_key_value().is_some_and(|((next, _), _)| *next <= time) {
            self.step();
        }
        self.0.now.set(time.max(self.now()));
    }

    /// Runs one future on a node to its end.
    pub fn run<T: 'static>(&self, node: &Node, future: impl Future<Output = T> + 'static) -> T {
        let result = self.start(node, future);
        while result.borrow().is_none() {
            assert!(self.step(), "the future waits for something that never happens");
        }
        result.take().unwrap()
    }

    /// Starts a future on a node; its value appears when it is done.
    pub fn start<T: 'static>(&self, node: &Node, future: impl Future<Output = T> + 'static) -> Rc<RefCell<Option<T>>> {
        let result = Rc::new(RefCell::new(None));
        let place = result.clone();
        self.spawn(node, async move { *place.borrow_mut() = Some(future.await) });
        result
    }

    fn poll(&self, number: usize) {
        let (task, waker, asleep) = {
            let mut slots = self.0.slots.borrow_mut();
            let slot = &mut slots[number];
            let asleep = slot.node.asleep_until.get().saturating_sub(self.now());
            (if asleep == 0 { slot.task.take() } else { None }, slot.waker.clone(), asleep)
        };
        if asleep > 0 {
            return self.at(asleep, Event::Poll(number));
        }
        let Some(mut task) = task else { return };
        self.0.current.set(number);
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.0.slots.borrow_mut()[number].task = Some(task);
        }
    }

    fn arrive(&self, exchange: Rc<Exchange>, copy: Copy) {
        let clock = self.now().saturating_add_signed(copy.skew);
        let refusal = match &copy.instead {
            Some(reply) => Some(reply.clone()),
            None => self.oss(|oss| oss.refuses(&exchange.request, clock)),
        };
        match refusal {
            Some(reply) => {
                if let Some(after) = copy.answers {
                    self.at(after, Event::Answer(exchange, reply, copy.edit));
                }
            }
            None if copy.commits > 0 => self.at(copy.commits, Event::Commit(exchange, copy)),
            None => self.commit(&exchange, &copy),
        }
    }

    fn commit(&self, exchange: &Rc<Exchange>, copy: &Copy) {
        let clock = self.now().saturating_add_signed(copy.skew);
        let reply = self.oss(|oss| oss.serve(&exchange.request, self.now(), clock, copy.stale));
        self.note(|| format!("OSS {}: {}", exchange.request.describe(), reply.status));
        if let Some(after) = copy.answers {
            self.at(after, Event::Answer(exchange.clone(), reply, copy.edit.clone()));
        }
    }

    fn answer(&self, exchange: &Exchange, answer: Result<Reply, TransportErrorKind>) {
        exchange.answer.borrow_mut().get_or_insert(answer);
        self.poll(exchange.task);
    }
}

struct NodeState {
    number: Cell<usize>,
    rate: i64,
    born: u64,
    wall: Cell<i64>,
    asleep_until: Cell<u64>,
}

/// A machine with clocks of its own, on which tasks run.
#[derive(Clone)]
pub struct Node {
    world: World,
    state: Rc<NodeState>,
}

impl Node {
    pub fn numbered(self, number: usize) -> Self {
        self.state.number.set(number);
        self
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// Stops everything on it for a while; its clocks go on.
    pub fn freeze(&self, length: u64) {
        self.state.asleep_until.set(self.world.now() + length);
    }

    pub fn set_wall(&self, offset: i64) {
        self.state.wall.set(offset);
    }

    fn rate(&self) -> u64 {
        1_000_000u64.saturating_add_signed(self.state.rate)
    }

    /// Its clock in microseconds: begun at a number of its own, never set.
    pub fn clock(&self) -> u64 {
        let elapsed = self.world.now() - self.state.born;
        (u128::from(elapsed) * u128::from(self.rate()) / 1_000_000) as u64
    }

    /// How long the world goes on until the clock has gone so far.
    fn until(&self, clock: u64) -> u64 {
        let elapsed = (u128::from(clock) * 1_000_000).div_ceil(u128::from(self.rate())) as u64;
        (self.state.born + elapsed).saturating_sub(self.world.now())
    }
}

impl Clock for Node {
    fn now(&self) -> Duration {
        let seconds = EPOCH.saturating_add_signed(self.state.wall.get());
        Duration::from_secs(seconds) + Duration::from_micros(self.world.now())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.clock())
    }

    fn sleep(&self, length: Duration) -> impl Future<Output = ()> {
        let until = self.clock().saturating_add(u64::try_from(length.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX));
        // A day is longer than any simulation: no alarm is needed.
        let mut is_set = length > Duration::from_secs(86_400);
        std::future::poll_fn(move |_| {
            if self.clock() >= until {
                return Poll::Ready(());
            }
            if !is_set {
                is_set = true;
                self.world.at(self.until(until), Event::Poll(self.world.0.current.get()));
            }
            Poll::Pending
        })
    }
}

impl Entropy for Node {
    fn random_u64(&self) -> u64 {
        self.world.0.random.next()
    }
}

impl CredentialHost for Node {}

impl WakeSignals for Node {
    fn wake_signal(&self) -> (WakeOnDrop, WakeSignal) {
        wake_signal::local()
    }
}

/// A body that came whole.
pub struct Whole(Option<Bytes>);

impl Body for Whole {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
    }
}

impl Transport for Node {
    type Body = Whole;

    async fn send(&self, request: message::Request, _: ExchangeTimeouts) -> Result<Response<Whole>, TransportError> {
        let inner = &self.world.0;
        let request = Request::read(request);
        let fate = (inner.fate.borrow_mut())(&request, self.state.number.get());
        self.world.note(|| format!("node {} sends {}", self.state.number.get(), request.describe()));
        inner.sent.borrow_mut().push(request.describe());
        let exchange = Rc::new(Exchange { task: inner.current.get(), request, answer: RefCell::new(None) });
        for copy in fate.copies {
            self.world.at(copy.arrives, Event::Arrive(exchange.clone(), copy));
        }
        if let Some((after, kind)) = fate.fails {
            self.world.at(after, Event::Fail(exchange.clone(), kind));
        }
        let answer = std::future::poll_fn(|_| match exchange.answer.borrow_mut().take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        });
        match answer.await {
            Ok(reply) => {
                let fields = reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
                let headers = ResponseHeaders::new(fields.collect());
                Ok(Response { status: reply.status, headers, body: Whole(Some(reply.body)) })
            }
            Err(kind) => Err(TransportError { kind, message: "the simulated network failed".into() }),
        }
    }
}
