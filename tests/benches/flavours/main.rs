//! The two flavours of the component side by side, for small objects: what the library runs, which is one instance of that of
//! WASI 0.3 with all calls in it, or two, and warm instances of that of WASI 0.2 with one call in each ([`pool`]).
//!
//! As in the benchmark `peers`, a measurement is a process of its own, the emulator is in this one, and each is measured once in
//! each round, another one first each time. Rates are bounded by the emulator on the same machine, so that processor time says
//! more than they do. The columns:
//!
//! * `0.3`, `0.2`: one thread, and on it one instance, or as many as calls are in flight;
//! * `0.3 ×2`, `0.2 ×2`: two threads, and on them as many instances as `Limits::instances` of 2 gives, or as calls are in flight.
//!
//! Below stands what one more call in flight takes of memory with its connection, by which the peaks of 64 exceed those of 1: of
//! `0.2` that is a warm instance.
//!
//! What came out, and why the library runs that of 0.3 alone, stands in `benches/README.md`.
//!
//! `cargo bench -p ossicle-tests --bench flavours -- get` measures what is named so alone. `OSSICLE_BENCH_ROUNDS` (5) and
//! `OSSICLE_BENCH_SECONDS` (0.5, for which each measurement begins anything) are read from the environment.

#[path = "../peers/ossicle.rs"]
mod ossicle;
#[path = "../peers/place.rs"]
mod place;
mod pool;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use ossicle_peers::{Job, Kind, Measured, Problem, Table, Work, far, rounds, row, run, serve, variable};
use ossicle_tests::measure::median;
use place::Place;
use zeroizing_alloc::ZeroAlloc;

/// As in the `ossicle` command.
#[global_allocator]
static MEMORY: ZeroAlloc<mimalloc::MiMalloc> = ZeroAlloc(mimalloc::MiMalloc);

/// What runs the component, on how many threads, and the column's name.
const COLUMNS: [(&str, usize, &str); 4] =
    [("0.3", 1, "0.3"), ("0.2", 1, "0.2"), ("0.3", 2, "0.3 ×2"), ("0.2", 2, "0.2 ×2")];

const ROWS: [Work; 17] = [
    row("get 2 KiB (1)", Kind::Get, 1),
    row("get 2 KiB (2)", Kind::Get, 2),
    row("get 2 KiB (8)", Kind::Get, 8),
    row("get 2 KiB (32)", Kind::Get, 32),
    row("get 2 KiB (64)", Kind::Get, 64),
    row("put 2 KiB (1)", Kind::Put, 1),
    row("put 2 KiB (8)", Kind::Put, 8),
    row("put 2 KiB (32)", Kind::Put, 32),
    row("put 2 KiB (64)", Kind::Put, 64),
    row("head (1)", Kind::Head, 1),
    row("head (8)", Kind::Head, 8),
    row("head (32)", Kind::Head, 32),
    row("head (64)", Kind::Head, 64),
    far("get 2 KiB at 20 ms (1)", Kind::Get, 1),
    far("get 2 KiB at 20 ms (8)", Kind::Get, 8),
    far("get 2 KiB at 20 ms (32)", Kind::Get, 32),
    far("get 2 KiB at 20 ms (64)", Kind::Get, 64),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["0.3"] => serve(ossicle::Ossicle::new),
        ["0.2"] => serve(pool::Pool::new),
        // `cargo test --benches` asks what there is; there is nothing to run as a test.
        _ if arguments.iter().any(|argument| argument == "--list" || argument == "--test") => Ok(()),
        _ => compare(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &[String]) -> Result<(), Problem> {
    let names: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let count = variable("OSSICLE_BENCH_ROUNDS", 5)?;
    let length = Duration::from_secs_f64(variable("OSSICLE_BENCH_SECONDS", 0.5)?);
    let (program, cache) = (std::env::current_exe()?, Path::new(env!("CARGO_TARGET_TMPDIR")).join("flavours"));
    // Compiled before anything is measured, as a program that runs more than once has it.
    ossicle::compile(&cache)?;
    pool::compile(&cache)?;
    let place = Place::new(false);
    let table = Table::new(&COLUMNS.map(|(_, _, name)| name));
    println!("{}", table.head("over HTTP"));
    let mut peaks = Vec::new();
    for work in ROWS.iter().filter(|work| names.is_empty() || names.iter().any(|name| work.name.contains(*name))) {
        place.emulator().set_latency(work.latency);
        let measured = rounds(count, COLUMNS.len(), |column| {
            let (peer, threads, name) = COLUMNS[column];
            let job = Job { threads, ..place.job(peer, work, length, &cache) };
            let measured = run(&program, &job).and_then(|measured| place.check(&job).map(|()| measured));
            measured.map_err(|problem| format!("{} of {name}: {problem}", work.name).into())
        })?;
        println!("{}", table.row(work, &measured));
        if work.kind == Kind::Get && work.latency.is_zero() {
            peaks.push((work.in_flight, measured.iter().map(|rounds| peak(rounds)).collect::<Vec<_>>()));
        }
    }
    if let [(fewest, low), .., (most, high)] = &peaks[..] {
        let each = |(low, high): (&f64, &f64)| format!("{:.0}", (high - low) / (most - fewest) as f64);
        let each: Vec<String> = low.iter().zip(high).map(each).collect();
        println!("\nOne more call in flight takes {} KiB", each.join(" / "));
    }
    Ok(())
}

/// The most memory of one of the rounds, in KiB: the median.
fn peak(rounds: &[Measured]) -> f64 {
    median(rounds.iter().map(|measured| measured.peak_memory as f64))
}
