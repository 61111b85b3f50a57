//! One run of the simulation: a fleet on bad days, and then a good one.

use std::cell::RefCell;
use std::rc::Rc;

use ossicle_registry::gc::{Collector, Extent, GcSettings};

use crate::driver::Driver;
use crate::judge::{Judge, Stats};
use crate::process::Process;
use crate::random::Random;
use crate::shelf::Shelf;
use crate::weather::{SECOND, Weather};
use crate::world::{Node, Role, World};

/// How long faults go on: some twenty epochs.
const BAD: u64 = 3 * 3600 * SECOND;

/// The shortest that is allowed, so that many epochs fit into a run.
pub const GRACE: u64 = 600;

/// What a run is made of besides its seed.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub gc: GcSettings,
    pub weather: Weather,
    pub processes: usize,
    pub collectors: usize,
    pub trace: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            gc: GcSettings::with_grace(GRACE).unwrap(),
            weather: Weather::default(),
            processes: 3,
            collectors: 2,
            trace: false,
        }
    }
}

/// How a run failed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    pub step: u64,
    pub message: String,
    pub trace: Vec<String>,
}

/// A registry process with its present life.
pub struct Living {
    pub node: Node,
    pub life: Rc<Process>,
}

/// Registry processes, collectors and clients on one bucket.
pub struct Fleet {
    pub world: World,
    pub shelf: Rc<Shelf>,
    pub outside: Node,
    pub processes: RefCell<Vec<Living>>,
    gc: GcSettings,
}

/// Runs a seed.
pub fn run(seed: u64, setup: &Setup) -> Result<Stats, Failure> {
    let shelf = Rc::new(Shelf::new());
    let judge = Judge::new(shelf.clone(), setup.gc.grace(), setup.weather.skew);
    let world = World::new(Random::new(seed).next(), setup.weather, judge, setup.trace);
    let outside = world.node("outside".into(), Role::Outside);
    let fleet = Rc::new(Fleet { world: world.clone(), shelf, outside, processes: RefCell::default(), gc: setup.gc });
    for number in 0..setup.processes {
        fleet.boot_process(world.node(format!("P{number}"), Role::Registry), number);
    }
    for number in 0..setup.collectors {
        fleet.boot_collector(world.node(format!("G{number}"), Role::Collector));
    }
    for _ in 0..3 {
        world.spawn(&fleet.outside, fleet.clone().push_for_ever());
    }
    for _ in 0..2 {
        world.spawn(&fleet.outside, fleet.clone().delete_for_ever());
    }
    fleet.play().map_err(|message| Failure { seed, step: world.steps(), message, trace: world.trace() })
}

impl Fleet {
    fn play(self: &Rc<Self>) -> Result<Stats, String> {
        let world = &self.world;
        world.run_until(BAD, || self.aim())?;
        // The clients are gone, nothing goes wrong any more: what is garbage now must be deleted. Twice the grace period,
        // and four times the longest epoch that so few digests can have.
        world.crash(&self.outside);
        world.calm();
        world.run_until(BAD + (2 * GRACE + 4 * 400) * SECOND, || {})?;
        let garbage = world.bucket(|bucket| world.judge(|judge| judge.garbage(bucket)));
        if !garbage.is_empty() {
            return Err(format!("garbage is left: {}", garbage.join(", ")));
        }
        Ok(Stats { steps: world.steps(), ..world.judge(|judge| judge.stats) })
    }

    fn boot_process(self: &Rc<Self>, node: Node, number: usize) {
        let life = Rc::new(Process::new(node.clone(), self.gc, self.shelf.clone()));
        let living = Living { node: node.clone(), life };
        let mut processes = self.processes.borrow_mut();
        if number == processes.len() {
            processes.push(living);
        } else {
            processes[number] = living;
        }
        drop(processes);
        self.plan(node, move |fleet, node| fleet.boot_process(node, number));
    }

    fn boot_collector(self: &Rc<Self>, node: Node) {
        let (collecting, gc) = (node.clone(), self.gc);
        self.world.spawn(&node, async move {
            let (world, driver) = (collecting.world().clone(), Driver(collecting.clone()));
            let mut collector = Collector::new(&driver, &collecting, gc);
            loop {
                collecting.pause(world.about(20 * SECOND)).await;
                let result = collector.collect(Extent::Delete).await;
                world.note(|| format!("{} collected: {result:?}", collecting.name()));
                if let Ok(report) = result {
                    world.judge(|judge| judge.stats.rescued += report.rescued.digests);
                }
            }
        });
        self.plan(node, |fleet, node| fleet.boot_collector(node));
    }

    /// At some time the node freezes, for longer than two epochs at times, or crashes and starts again.
    fn plan(self: &Rc<Self>, node: Node, start: impl Fn(&Rc<Self>, Node) + Clone + 'static) {
        let (fleet, weather) = (self.clone(), *self.world.weather());
        self.world.after(self.world.about(weather.crash * SECOND), move |world| {
            if !world.is_bad() {
                return;
            }
            let random = world.random();
            if random.chance(weather.frozen) {
                let length = random.below(2 * GRACE * SECOND);
                world.note(|| format!("{} freezes for {} s", node.name(), length / SECOND));
                node.freeze(length);
                return fleet.plan(node, start);
            }
            world.note(|| format!("{} crashes", node.name()));
            world.crash(&node);
            let wait = [0, 5, 60][random.below(3) as usize] * SECOND;
            world.after(wait, move |_| start(&fleet, node));
        });
    }
}
