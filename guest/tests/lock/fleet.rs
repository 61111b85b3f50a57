//! One run of the simulation: a fleet on a bad day, and then a good one.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use ossicle_guest::cert::Storage;
use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{Lease, LockError, LockSettings, Unlocked};
use ossicle_guest::ports::{Clock as _, TransportErrorKind};

use crate::facts::{Facts, read_counter};
use crate::oss::{Reply, Request, SECOND, Versioning};
use crate::peer::settings;
use crate::random::Random;
use crate::world::{Copy, Fate, Node, World};

/// How long faults go on, and how long everything may take once they stop.
const BAD: u64 = 1500 * SECOND;
/// A request that is late by 90 s, the lease it gives, its grace, the wait for a write without an answer, and the pause after
/// a look.
const FIRST: u64 = 300 * SECOND;
const GOOD: u64 = 1500 * SECOND;

/// What goes wrong in a run, each so many times in 1000.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub lost: u64,
    pub unanswered: u64,
    pub doubled: u64,
    pub slow: u64,
    pub refused: u64,
    pub stale: u64,
    pub crash: u64,
    pub freeze: u64,
    pub jump: u64,
    pub cancel: u64,
    pub forget: u64,
    pub skew: i64,
    /// How often fate looks at a process, at most, in seconds.
    pub looks: u64,
    /// How long a process freezes at most, in seconds.
    pub freezes: u64,
    /// Acquires alone that break the connection and arrive within a minute all the same.
    pub late_acquires: u64,
}

impl Weather {
    /// Every run has some kinds of faults and not others: rare orders of events come up more often so.
    fn of(random: &Random) -> Self {
        let some = |most: u64| if random.chance(500) { random.below(most) } else { 0 };
        Self {
            lost: some(150),
            unanswered: some(200),
            doubled: some(200),
            slow: some(250),
            refused: some(100),
            stale: if random.chance(250) { random.below(30) } else { 0 },
            crash: some(150),
            freeze: some(150),
            jump: some(200),
            cancel: some(200),
            forget: some(200),
            skew: i64::try_from(some(3 * SECOND)).unwrap(),
            looks: 40,
            freezes: 180,
            late_acquires: 0,
        }
    }

    fn fate(&self, request: &Request, random: &Random) -> Fate {
        let delay = || if random.chance(self.slow) { random.below(90 * SECOND) } else { 2000 + random.below(40_000) };
        let skew = || {
            let half = self.skew / 2;
            i64::try_from(random.below(self.skew.unsigned_abs().max(1))).unwrap() - half
        };
        let copy = |answers| Copy {
            arrives: delay(),
            // Half a second between the check and the deed.
            commits: if request.is_guarded() && random.chance(200) { random.below(SECOND / 2) } else { 0 },
            answers,
            skew: skew(),
            stale: request.method == "GET" && request.object.starts_with("locks/") && random.chance(self.stale),
            ..Copy::default()
        };
        let fails = || Some((20_000 + random.below(5 * SECOND), TransportErrorKind::Broken));
        if self.late_acquires > 0 && request.kind() == Some('A') && random.chance(self.late_acquires) {
            return Fate::late(random.below(60 * SECOND));
        }
        if random.chance(self.lost) {
            return Fate { copies: Vec::new(), fails: fails() };
        }
        if random.chance(self.refused) {
            let status = [500, 503, 429, 408][random.below(4) as usize];
            let instead = Some(Reply::error(status, "Busy"));
            return Fate::of(Copy { instead, ..copy(Some(delay())) });
        }
        let answers = if random.chance(self.unanswered) { None } else { Some(delay()) };
        let mut copies = vec![copy(answers)];
        // The transport repeats nothing, and a lock can't tell a copy that nobody sent; but to the log copies do no harm.
        if !request.is_guarded() && random.chance(self.doubled) {
            copies.push(copy(if random.chance(500) { Some(delay()) } else { None }));
        }
        let fails = if answers.is_none() || random.chance(self.unanswered) { fails() } else { None };
        Fate { copies, fails }
    }
}

/// Callers that lose patience while their requests are late.
pub fn impatient(weather: &mut Weather) {
    *weather = Weather { cancel: 600, late_acquires: 600, crash: 0, slow: 0, lost: 0, ..*weather };
}

/// Processes that stop between looking and sending again, while the first copy lands.
pub fn frozen(weather: &mut Weather) {
    *weather = Weather { freeze: 400, looks: 20, freezes: 60, late_acquires: 700, slow: 0, crash: 0, ..*weather };
}

/// What a run is made of besides its seed.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub locks: LockSettings,
    /// OSS forgets to check positions.
    pub forgets_positions: bool,
    /// Only clocks that run slow, as far as the lock allows.
    pub slow_clocks: bool,
    /// Makes the weather worse in some way.
    pub worse: Option<fn(&mut Weather)>,
    pub trace: bool,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    pub steps: u64,
    pub tenures: u64,
    pub takeovers: u64,
    pub writes: u64,
    pub requests: u64,
}

/// How a run failed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    pub step: u64,
    pub message: String,
    pub trace: Vec<String>,
}

struct Fleet {
    world: World,
    facts: Rc<RefCell<Facts>>,
    weather: Weather,
    setup: Setup,
    nodes: usize,
    names: usize,
    /// Who had a lock since the faults stopped.
    served: RefCell<Vec<u64>>,
}

/// Runs a seed.
pub fn run(seed: u64, setup: &Setup) -> Result<Stats, Failure> {
    let random = Random::new(seed);
    let versioning = [Versioning::Never, Versioning::Enabled, Versioning::Suspended][random.below(3) as usize];
    let world = World::new(random.next(), versioning);
    if setup.trace {
        world.keep_trace();
    }
    world.oss(|oss| oss.forgets_positions = setup.forgets_positions);
    let names = if random.chance(800) { 1 } else { 2 };
    let mut facts = Facts::new((0..names).map(|name| format!("locks/v1/{name}")).collect());
    let mut weather = Weather::of(&random);
    if let Some(worse) = setup.worse {
        worse(&mut weather);
    }
    facts.wild_clocks = !setup.slow_clocks && random.chance(150);
    facts.stale = weather.stale > 0;
    let (wild, nodes) = (facts.wild_clocks, random.range(2, 9) as usize);
    let fleet = Rc::new(Fleet {
        world: world.clone(),
        facts: Rc::new(RefCell::new(facts)),
        weather,
        setup: setup.clone(),
        nodes,
        names,
        served: RefCell::new(Vec::new()),
    });
    let (weather, chance) = (fleet.weather, world.random());
    world.set_fate(move |request, _| weather.fate(request, &chance));
    for number in 0..nodes {
        let rate = match (wild, setup.slow_clocks) {
            (true, _) => i64::try_from(random.below(4_000_000)).unwrap() - 800_000,
            (false, true) => -69_000,
            (false, false) => i64::try_from(random.below(140_000)).unwrap() - 69_000,
        };
        let wall = i64::try_from(random.below(40_000)).unwrap() - 20_000;
        fleet.boot(world.node(rate, wall).numbered(number), number);
    }
    fleet.play(seed)
}

impl Fleet {
    fn play(&self, seed: u64) -> Result<Stats, Failure> {
        let world = &self.world;
        let failure = |message: String| Failure { seed, step: world.steps(), message, trace: world.trace() };
        let mut is_good = false;
        // A clock that runs at a fifth of the right rate waits five times as long.
        let first = if self.facts.borrow().wild_clocks { GOOD } else { FIRST };
        loop {
            if !world.step() {
                break;
            }
            let mut facts = self.facts.borrow_mut();
            facts.check(world);
            if let Some(violation) = facts.violation.take() {
                return Err(failure(violation));
            }
            drop(facts);
            if !is_good && world.now() >= BAD {
                is_good = true;
                world.set_fate(|_, _| Fate::fine());
            }
            let served = self.served.borrow();
            if world.now() >= BAD + first && served.is_empty() {
                return Err(failure("nobody got the lock although all faults stopped".into()));
            }
            if world.now() >= BAD + GOOD {
                if served.len() < self.nodes {
                    return Err(failure(format!("{} of {} never got the lock", self.nodes - served.len(), self.nodes)));
                }
                break;
            }
            if served.len() == self.nodes {
                break;
            }
        }
        let facts = self.facts.borrow();
        Ok(Stats {
            steps: world.steps(),
            tenures: facts.tenures,
            takeovers: facts.takeovers,
            writes: facts.writes,
            requests: world.oss(|oss| oss.requests),
        })
    }

    fn is_bad(&self) -> bool {
        self.world.now() < BAD
    }

    /// Starts a process, and decides when it crashes.
    fn boot(self: &Rc<Self>, node: Node, number: usize) {
        let process = Process {
            fleet: self.clone(),
            node: node.clone(),
            number,
            storage: Storage::new(node.clone(), settings()).with_locks(self.setup.locks.clone()),
            random: self.world.random(),
        };
        let task = self.world.spawn(&node, async move { process.live().await });
        self.plan(node, number, task);
    }

    /// Now and then fate looks at a process.
    fn plan(self: &Rc<Self>, node: Node, number: usize, task: usize) {
        let fleet = self.clone();
        let after = self.world.random().below(self.weather.looks * SECOND);
        self.world.after(after, move |world| {
            let random = world.random();
            if !fleet.is_bad() {
                return;
            }
            if random.chance(fleet.weather.jump) {
                node.set_wall(i64::try_from(random.below(40_000)).unwrap() - 20_000);
            }
            if random.chance(fleet.weather.freeze) {
                let length = random.below(fleet.weather.freezes * SECOND).min(BAD - world.now());
                world.note(|| format!("node {number} freezes for {} s", length / SECOND));
                node.freeze(length);
            }
            if random.chance(fleet.weather.crash) {
                world.note(|| format!("process {number} crashes"));
                world.kill(task);
                fleet.facts.borrow_mut().crashed(number);
                let again = fleet.clone();
                world.after(random.below(30 * SECOND), move |_| again.boot(node, number));
            } else {
                fleet.plan(node, number, task);
            }
        });
    }
}

/// One process: it gets locks, works under them and lets them go.
struct Process {
    fleet: Rc<Fleet>,
    node: Node,
    number: usize,
    storage: Storage<Node>,
    random: Random,
}

impl Process {
    fn facts(&self) -> std::cell::RefMut<'_, Facts> {
        self.fleet.facts.borrow_mut()
    }

    async fn pause(&self, most: u64) {
        self.node.sleep(Duration::from_micros(self.random.below(most * SECOND))).await;
    }

    async fn live(&self) {
        loop {
            let is_bad = self.fleet.is_bad();
            let name = self.random.below(self.fleet.names as u64) as usize;
            if let Some(lease) = self.get(name).await {
                self.fleet.world.note(|| format!("process {} holds with token {}", self.number, lease.token));
                let began_well = !is_bad;
                self.facts().holds(self.number, &self.node, name, &lease, true);
                self.work(name, lease).await;
                if began_well {
                    self.fleet.served.borrow_mut().push(self.number as u64);
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
            if is_bad && self.random.chance(200) {
                self.storage.try_lock(&text).await
            } else {
                self.storage.lock(&text, wait).await
            }
        };
        let result = if is_bad && self.random.chance(self.fleet.weather.cancel) {
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

    async fn work(&self, name: usize, mut lease: Lease) {
        let is_bad = self.fleet.is_bad();
        let mut has_written = false;
        for _ in 0..self.random.below(6) {
            match self.random.below(3) {
                0 => self.pause(if is_bad { 40 } else { 1 }).await,
                1 => match self.storage.renew(&lease, Duration::ZERO).await {
                    Ok(renewed) => {
                        lease = renewed;
                        self.facts().holds(self.number, &self.node, name, &lease, false);
                    }
                    Err(LockError::Lost { .. }) => {
                        self.facts().lost(name, &lease);
                        return self.facts().lets_go(self.number, name);
                    }
                    Err(_) => {}
                },
                _ if has_written => {}
                _ => {
                    has_written = true;
                    self.increment(name, &lease).await;
                }
            }
        }
        self.facts().lets_go(self.number, name);
        if is_bad && self.random.chance(self.fleet.weather.forget) {
            return;
        }
        match self.storage.unlock(&lease).await {
            Ok(Unlocked::Released) => self.facts().released(name, &lease),
            Ok(Unlocked::Lost) => self.facts().lost(name, &lease),
            Ok(Unlocked::AlreadyGone) | Err(_) => {}
        }
    }

    /// Adds one to a counter that all share: read, then written under the lease.
    async fn increment(&self, name: usize, lease: &Lease) {
        let key = format!("data/{name}");
        let count = match self.storage.load(&key).await {
            Ok(value) => read_counter(&value).1,
            Err(error) if error.kind == ErrorKind::NotFound => 0,
            Err(_) => return,
        };
        // Only the deadline protects it, however long this takes.
        self.pause(2).await;
        let value = format!("{} {}", lease.token, count + 1);
        drop(self.storage.store_under(lease, &key, Bytes::from(value)).await);
    }
}
