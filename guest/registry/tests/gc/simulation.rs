//! The simulation of fleets: many seeds, each some registry processes, collectors and clients on bad days.
//!
//! * `cargo test -p ossicle-registry --test gc` runs a fixed number of seeds.
//! * `OSSICLE_GC_STEPS=10000000 cargo test -p ossicle-registry --release --test gc fleets -- --nocapture` runs on until it
//!   has made so many steps; `OSSICLE_GC_FROM` says from which seed.
//! * `OSSICLE_GC_SEED=1234 cargo test -p ossicle-registry --test gc fleets -- --nocapture` replays one seed and shows what
//!   happened.

use crate::fleet::{Failure, Setup, run};
use crate::judge::Stats;

/// Runs a seed once more, to see what happened.
pub fn replay(failure: &Failure, setup: &Setup) -> Failure {
    run(failure.seed, &Setup { trace: true, ..*setup }).expect_err("a seed decides everything")
}

pub fn report(failure: &Failure) -> String {
    format!(
        "seed {} fails at step {}: {}\n{}\nreplay with OSSICLE_GC_SEED={}",
        failure.seed,
        failure.step,
        failure.message,
        failure.trace.join("\n"),
        failure.seed
    )
}

/// A seed's setup: one to three collectors, two or three processes, in different weather.
fn setup_of(seed: u64) -> Setup {
    let mut setup = Setup { collectors: 1 + (seed % 3) as usize, ..Setup::default() };
    setup.processes = if setup.collectors == 3 { 2 } else { 3 };
    if seed % 4 == 3 {
        setup.weather.edge_appends = 500;
        setup.weather.edge_deletes = 500;
    }
    setup
}

fn go_on(seeds: impl Iterator<Item = u64>, steps: u64) -> (u64, Stats) {
    let (mut total, mut count) = (Stats::default(), 0);
    for seed in seeds {
        match run(seed, &setup_of(seed)) {
            Ok(stats) => {
                total.steps += stats.steps;
                total.epochs += stats.epochs;
                total.deleted += stats.deleted;
                total.rescued += stats.rescued;
                total.stored += stats.stored;
                total.refused += stats.refused;
                total.unavailable += stats.unavailable;
                count += 1;
            }
            Err(failure) => panic!("{}", report(&replay(&failure, &setup_of(failure.seed)))),
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

#[test]
fn fleets_keep_every_promise() {
    if let Some(seed) = number("OSSICLE_GC_SEED") {
        let setup = Setup { trace: true, ..setup_of(seed) };
        match run(seed, &setup) {
            Ok(stats) => println!("seed {seed}: {stats:?}"),
            Err(failure) => panic!("{}", report(&failure)),
        }
        return;
    }
    let (seeds, total) = match number("OSSICLE_GC_STEPS") {
        Some(steps) => go_on(number("OSSICLE_GC_FROM").unwrap_or(1_000_000).., steps),
        None => go_on(0..60, u64::MAX),
    };
    println!("{seeds} seeds: {total:?}");
    let is_good = total.epochs > 200 && total.deleted > 500 && total.rescued > 50 && total.stored > 1000;
    assert!(is_good, "the runs are no good: {total:?}");
}

#[test]
fn a_seed_decides_everything() {
    let once = |seed| run(seed, &Setup::default()).expect("no promise is broken");
    for seed in 0..2 {
        assert_eq!(once(seed), once(seed));
    }
}
