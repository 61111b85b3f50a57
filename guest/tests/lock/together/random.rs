//! Writers that die, readers and changes of single keys, on a network that loses, delays and repeats. Seeds decide it all.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use ossicle_guest::cert::Storage;
use ossicle_guest::error::ErrorKind;
use ossicle_guest::lock::{LockError, Written};
use ossicle_guest::ports::{Clock as _, TransportErrorKind};

use super::scene::*;
use crate::oss::{Request, SECOND, Versioning};
use crate::peer::Peer;
use crate::random::Random;
use crate::world::{Copy, Fate, Node, World};

const END: u64 = 900 * SECOND;

/// What is known of the world, for judging what readers see.
#[derive(Default)]
struct Facts {
    /// The number of the newest set that was begun.
    newest: Cell<u64>,
    /// The newest set that a reader has seen.
    seen: Cell<u64>,
    /// Sets from this number on may be loaded by calls that begin now.
    loads: Cell<u64>,
    errors: Cell<u64>,
    /// Whether a copy of a request of a writer may still be on its way, so that older sets may come back as errors.
    violation: RefCell<Option<String>>,
    /// Of each key, whether it was deleted or stored by itself.
    singles: Cell<bool>,
}

fn fate(request: &Request, random: &Random, harm: u64) -> Fate {
    let delay = || if random.chance(harm) { random.below(15 * SECOND) } else { 2000 + random.below(40_000) };
    let copy = |answers| Copy { arrives: delay(), answers, ..Copy::default() };
    let fails = || Some((20_000 + random.below(SECOND), TransportErrorKind::Broken));
    let is_data = request.object.starts_with("d/") || request.object.is_empty();
    // Changes of single keys have no lease, so that OSS takes them however late: here each arrives once.
    if is_data && !request.is_guarded() && request.method != "GET" && request.method != "HEAD" {
        return Fate::fine();
    }
    if random.chance(harm) {
        return Fate { copies: Vec::new(), fails: fails() };
    }
    let answers = if random.chance(harm) { None } else { Some(delay()) };
    Fate { copies: vec![copy(answers)], fails: if answers.is_none() { fails() } else { None } }
}

/// Stores and removes sets, one under each lease, and dies now and then.
async fn write(peer: Peer, random: Random, facts: Rc<Facts>, removes: bool) {
    loop {
        peer.node.sleep(Duration::from_millis(random.below(20_000))).await;
        let Ok(lease) = peer.storage.lock("sets", Duration::from_secs(300)).await else { continue };
        let result = if removes && random.chance(250) {
            peer.storage.certificates().delete_together(&lease, &KEYS).await
        } else {
            let number = facts.newest.get() + 1;
            facts.newest.set(number);
            let result = peer.storage.certificates().store_together(&lease, set(number)).await;
            if result == Ok(Written::Once) {
                // Nothing older is to be seen any more.
                facts.loads.set(facts.loads.get().max(number));
            }
            result
        };
        if let Err(LockError::Failed(error)) = result
            && !error.retryable
        {
            facts.violation.borrow_mut().get_or_insert(format!("a writer failed: {error}"));
        }
        if random.chance(800) {
            drop(peer.storage.unlock(&lease).await);
        }
    }
}

/// Loads, and judges what it sees.
async fn read(storage: Rc<Storage<Node>>, node: Node, random: Random, facts: Rc<Facts>) {
    loop {
        node.sleep(Duration::from_millis(random.below(3000))).await;
        let (least, singles) = (facts.loads.get().max(facts.seen.get()), facts.singles.get());
        let loaded = match storage.load_together(&KEYS).await {
            Ok(loaded) => loaded,
            Err(error) => {
                facts.errors.set(facts.errors.get() + 1);
                if !error.retryable || (error.kind == ErrorKind::Conflict && error.answer.is_some()) {
                    facts.violation.borrow_mut().get_or_insert(format!("a load failed: {error}"));
                }
                continue;
            }
        };
        let numbers: Vec<u64> = loaded
            .iter()
            .flatten()
            .filter_map(|value| text(value).split_once(' ').and_then(|(number, _)| number.parse().ok()))
            .collect();
        let absent = loaded.iter().filter(|value| value.is_none()).count();
        let mut violation = facts.violation.borrow_mut();
        if numbers.windows(2).any(|pair| pair[0] != pair[1]) {
            violation.get_or_insert(format!("a mix of sets: {loaded:?}"));
        }
        if !(singles || facts.singles.get()) && (absent != 0 && absent != KEYS.len()) {
            violation.get_or_insert(format!("a part of a set: {loaded:?}"));
        }
        if let Some(number) = numbers.first() {
            if *number < least {
                violation.get_or_insert(format!("set {number} came back after set {least}"));
            }
            facts.seen.set(facts.seen.get().max(*number));
        }
    }
}

/// Stores and deletes single keys.
async fn change(peer: Peer, random: Random, facts: Rc<Facts>) {
    loop {
        peer.node.sleep(Duration::from_millis(random.below(10_000))).await;
        facts.singles.set(true);
        let key = KEYS[random.below(3) as usize];
        if random.chance(500) {
            let value = Bytes::from(format!("single {}", random.next()));
            drop(peer.storage.certificates().store(key, value).await);
        } else {
            drop(peer.storage.certificates().delete(key).await);
        }
    }
}

/// Seals values anew, under the lock, as is asked of who does.
async fn seal(peer: Peer, storage: Rc<Storage<Node>>, random: Random) {
    loop {
        peer.node.sleep(Duration::from_millis(random.below(30_000))).await;
        if let Ok(lease) = peer.storage.lock("sets", Duration::from_secs(300)).await {
            for key in KEYS {
                drop(storage.reencrypt(key).await);
            }
            drop(peer.storage.unlock(&lease).await);
        }
    }
}

/// Runs a seed: how many sets were begun, the newest that was seen, and how many loads failed.
fn run(seed: u64) -> (u64, u64, u64) {
    let random = Random::new(seed);
    let world = World::new(random.next(), Versioning::Never);
    if std::env::var_os("OSSICLE_TOGETHER_SEED").is_some() {
        world.keep_trace();
    }
    let facts = Rc::new(Facts::default());
    let (harm, seals) = ([0, 30, 120][random.below(3) as usize], random.chance(500));
    let chance = world.random();
    world.set_fate(move |request, _| fate(request, &chance, harm));
    let removes = random.chance(300);
    let sealing = sealing(&world.node(0, 0));
    for _ in 0..2 {
        boot(&world, &facts, removes);
    }
    for _ in 0..2 {
        let node = world.node(0, 0);
        world.spawn(&node, read(sealing.clone(), node.clone(), world.random(), facts.clone()));
    }
    if random.chance(400) {
        let peer = peer(&world);
        world.spawn(&peer.node, change(peer.clone(), world.random(), facts.clone()));
    }
    if seals {
        let peer = peer(&world);
        world.spawn(&peer.node, seal(peer.clone(), sealing, world.random()));
    }
    while world.now() < END && world.step() {
        if let Some(violation) = facts.violation.borrow_mut().take() {
            panic!("seed {seed}: {violation}\n{}\nreplay with OSSICLE_TOGETHER_SEED={seed}", world.trace().join("\n"));
        }
    }
    (facts.newest.get(), facts.seen.get(), facts.errors.get())
}

/// Starts a writer, which dies after a while, and its successor then.
fn boot(world: &World, facts: &Rc<Facts>, removes: bool) {
    let peer = peer(world);
    let task = world.spawn(&peer.node, write(peer.clone(), world.random(), facts.clone(), removes));
    let facts = facts.clone();
    world.after(world.random().below(90 * SECOND), move |world| {
        world.kill(task);
        boot(world, &facts, removes);
    });
}

#[test]
fn nobody_ever_sees_a_mix() {
    if let Ok(seed) = std::env::var("OSSICLE_TOGETHER_SEED") {
        println!("{:?}", run(seed.parse().expect("OSSICLE_TOGETHER_SEED")));
        return;
    }
    let seeds =
        std::env::var("OSSICLE_TOGETHER_SEEDS").map_or(40, |text| text.parse().expect("OSSICLE_TOGETHER_SEEDS"));
    let runs: Vec<_> = (0..seeds).map(run).collect();
    let total = runs.iter().fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
    println!("{seeds} seeds: {} sets begun, {} the newest seen, {} loads failed", total.0, total.1, total.2);
    assert!(total.0 > 15 * seeds && total.1 > 10 * seeds, "the runs are no good: {total:?}");
}
