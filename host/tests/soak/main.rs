//! Mixed load with faults, in rounds, and what is left after each of them when it is over: no more memory, open files, tasks,
//! connections and instances than after the first. A program of its own, since it counts what its allocator gives out.
//!
//! `cargo test --release --workspace --test soak -- --ignored --nocapture` goes on for ten minutes and tells what was left after
//! each round. The test that is always run is the same for less than half a minute.
#![cfg(target_os = "linux")]

mod faults;
mod load;
mod place;

use ossicle_fixtures::Counting;
use place::{POOLS, Place, Rest};
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: Counting = Counting;

/// What a table that has grown to the size it needs may have more after a later round than after the first: a leak of a
/// hundred bytes a call would be ten times as much even in the short form.
/// A pool of connections that has not looked yet whether they are idle has up to 620 KiB.
const MEMORY_SLACK: usize = 1 << 20;

/// As many rounds after the first, of so long.
fn soak(rounds: usize, length: Duration) {
    let place = Place::new();
    // Until every table is as large as it gets.
    let first = place.round(0, 2 * length);
    println!("{first}");
    for number in 1..=rounds {
        let rest = place.round(number, length);
        println!("{rest}");
        let Rest { calls, memory, files, tasks, .. } = rest;
        assert!(calls > 100, "too few to say anything: {rest}");
        assert!(files <= first.files && tasks <= POOLS, "{rest} after {first}");
        assert!(memory <= first.memory + MEMORY_SLACK, "{rest} after {first}");
    }
}

#[test]
fn nothing_grows_in_half_a_minute() {
    soak(3, Duration::from_secs(4));
}

#[test]
#[ignore = "takes ten minutes"]
fn nothing_grows_in_ten_minutes() {
    let begun = Instant::now();
    soak(58, Duration::from_secs(10));
    assert!(begun.elapsed() >= Duration::from_secs(600));
}
