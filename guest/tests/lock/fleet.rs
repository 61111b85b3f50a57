//! One run of the simulation: a fleet on a bad day, and then a good one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ossicle_guest::lock::LockSettings;

use crate::facts::{Facts, Holder};
use crate::oss::{SECOND, Versioning};
use crate::process::Process;
use crate::random::Random;
use crate::site;
use crate::weather::Weather;
use crate::world::{Fate, Node, World};

/// How long faults go on, and how long everything may take once they stop.
const BAD: u64 = 1500 * SECOND;
/// A request that is late by 90 s, the lease it gives, its grace, the wait for a write without an answer, and the pause after
/// a look.
const FIRST: u64 = 300 * SECOND;
const GOOD: u64 = 1500 * SECOND;

/// What a run is made of besides its seed.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub component: site::World,
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

/// A fleet of processes on one bucket.
pub struct Fleet {
    pub world: World,
    pub facts: RefCell<Facts>,
    pub weather: Weather,
    pub setup: Setup,
    /// How many callers each process has.
    pub callers: Vec<usize>,
    pub names: usize,
    /// Who had a lock since the faults stopped.
    pub served: RefCell<BTreeSet<Holder>>,
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
    let callers = (0..nodes).map(|_| random.range(1, weather.callers + 1) as usize).collect();
    let fleet = Rc::new(Fleet {
        world: world.clone(),
        facts: RefCell::new(facts),
        weather,
        setup: setup.clone(),
        callers,
        names,
        served: RefCell::default(),
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
        let all: usize = self.callers.iter().sum();
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
                if served.len() < all {
                    return Err(failure(format!("{} of {all} never got the lock", all - served.len())));
                }
                break;
            }
            if served.len() == all {
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

    /// Whether faults still happen.
    pub fn is_bad(&self) -> bool {
        self.world.now() < BAD
    }

    /// Starts a process, and decides when it crashes.
    fn boot(self: &Rc<Self>, node: Node, number: usize) {
        let tasks = Process::start(self, &node, number);
        self.plan(node, number, tasks);
    }

    /// Now and then fate looks at a process.
    fn plan(self: &Rc<Self>, node: Node, number: usize, tasks: Vec<usize>) {
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
                tasks.into_iter().for_each(|task| world.kill(task));
                fleet.facts.borrow_mut().crashed(number);
                let again = fleet.clone();
                world.after(random.below(30 * SECOND), move |_| again.boot(node, number));
            } else {
                fleet.plan(node, number, tasks);
            }
        });
    }
}
