//! The simulation of fleets: many seeds, each a fleet of 2 to 8 processes with bad luck of its own.
//!
//! * `cargo test -p ossicle-guest --test lock` runs a fixed number of seeds.
//! * `OSSICLE_LOCK_STEPS=10000000 cargo test -p ossicle-guest --release --test lock fleets -- --nocapture` runs on until it
//!   has made so many steps; `OSSICLE_LOCK_FROM` says from which seed.
//! * `OSSICLE_LOCK_SEED=1234 cargo test -p ossicle-guest --test lock fleets -- --nocapture` replays one seed and shows what happened.

use crate::fleet::{Failure, Setup, Stats, run};
use crate::site::World;
use crate::weather::{crowded, frozen, impatient};

/// Runs a seed once more, to see what happened.
pub fn replay(failure: &Failure, setup: &Setup) -> Failure {
    run(failure.seed, &Setup { trace: true, ..setup.clone() }).expect_err("a seed decides everything")
}

pub fn report(failure: &Failure) -> String {
    format!(
        "seed {} fails at step {}: {}\n{}\nreplay with OSSICLE_LOCK_SEED={}",
        failure.seed,
        failure.step,
        failure.message,
        failure.trace.join("\n"),
        failure.seed
    )
}

/// A seed's setup: half of them have the weather in which rare mistakes show.
fn setup_of(component: World, seed: u64) -> Setup {
    let worse = match seed % 6 {
        3 => Some(impatient as fn(&mut _)),
        4 => Some(frozen as fn(&mut _)),
        5 => Some(crowded as fn(&mut _)),
        _ => None,
    };
    Setup { component, worse, ..Setup::default() }
}

fn go_on(component: World, seeds: impl Iterator<Item = u64>, steps: u64) -> (u64, Stats) {
    let (mut total, mut count) = (Stats::default(), 0);
    for seed in seeds {
        match run(seed, &setup_of(component, seed)) {
            Ok(stats) => {
                total.steps += stats.steps;
                total.tenures += stats.tenures;
                total.takeovers += stats.takeovers;
                total.writes += stats.writes;
                total.requests += stats.requests;
                count += 1;
            }
            Err(failure) => panic!("{}", report(&replay(&failure, &setup_of(component, failure.seed)))),
        }
        if total.steps >= steps {
            break;
        }
    }
    (count, total)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect(variable))
}

/// Runs fleets of processes that run one of the components.
fn keep_every_promise(component: World) {
    if let Some(seed) = number("OSSICLE_LOCK_SEED") {
        let setup = Setup { trace: true, ..setup_of(component, seed) };
        match run(seed, &setup) {
            Ok(stats) => println!("seed {seed}: {stats:?}"),
            Err(failure) => panic!("{}", report(&failure)),
        }
        return;
    }
    let (seeds, total) = match number("OSSICLE_LOCK_STEPS") {
        Some(steps) => go_on(component, number("OSSICLE_LOCK_FROM").unwrap_or(1_000_000).., steps),
        None => go_on(component, 0..60, u64::MAX),
    };
    println!("{seeds} seeds: {total:?}");
    assert!(total.tenures > 500 && total.takeovers > 50 && total.writes > 100, "the runs are no good: {total:?}");
}

#[test]
fn fleets_keep_every_promise() {
    keep_every_promise(World::Certificates);
}

#[test]
fn fleets_that_keep_blobs_keep_every_promise() {
    keep_every_promise(World::Blobs);
}

#[test]
fn a_seed_decides_everything() {
    let once = |seed| format!("{:?}", run(seed, &Setup::default()));
    for seed in 0..3 {
        assert_eq!(once(seed), once(seed));
    }
}
