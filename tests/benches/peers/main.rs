//! Ossicle beside other clients of OSS: as little as a client can do (`bare`), and Apache OpenDAL, which is what one would
//! take instead. Of each kind of work: how fast, at what processor time, with how much memory; over HTTP and HTTPS.
//!
//! A measurement is a process of its own with one thread, so that its processor time and memory are the client's alone. The
//! emulator is in this process; on one machine with the clients it bounds the rates, so that processor time says more than
//! they do. In each round each client is measured once, another one first each time; the table has medians of the rounds.
//!
//! `cargo bench -p ossicle-tests --bench peers -- download list` measures what is named so alone, and `http` or `https` over
//! that alone. `OSSICLE_BENCH_ROUNDS` (5) and `OSSICLE_BENCH_SECONDS` (1.5, for which each measurement begins anything) are
//! read from the environment. The native clients are compiled first, by the workspace of their own in `tests/peers/native`.

mod ossicle;
mod place;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use ossicle_peers::{Job, Measured, Problem, Table, WORK, Work, serve};
use place::Place;
use zeroizing_alloc::ZeroAlloc;

/// As in the `ossicle` command.
#[global_allocator]
static MEMORY: ZeroAlloc<mimalloc::MiMalloc> = ZeroAlloc(mimalloc::MiMalloc);

const PEERS: [&str; 3] = ["bare", "opendal", "ossicle"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ossicle"] => serve(ossicle::Ossicle::new),
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
    let (schemes, names): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with('-'))
        .partition(|argument| matches!(*argument, "http" | "https"));
    let rounds: usize = variable("OSSICLE_BENCH_ROUNDS", 5)?;
    let length = Duration::from_secs_f64(variable("OSSICLE_BENCH_SECONDS", 1.5)?);
    let programs = Programs::build()?;
    // Compiled before anything is measured, as a program that runs more than once has it.
    ossicle::compile(&programs.cache)?;
    for scheme in ["http", "https"].into_iter().filter(|scheme| schemes.is_empty() || schemes.contains(scheme)) {
        let place = Place::new(scheme == "https");
        let table = Table::new(&PEERS);
        println!("{}", table.head(&format!("over {}", scheme.to_uppercase())));
        for work in WORK.iter().filter(|work| names.is_empty() || names.iter().any(|name| work.name.contains(name))) {
            let measured = measure(&programs, &place, work, rounds, length)?;
            println!("{}", table.row(work, &measured));
        }
        println!();
    }
    Ok(())
}

/// The measurements of each client, in rounds.
fn measure(
    programs: &Programs,
    place: &Place,
    work: &Work,
    rounds: usize,
    length: Duration,
) -> Result<[Vec<Measured>; PEERS.len()], Problem> {
    let mut measured: [Vec<Measured>; PEERS.len()] = Default::default();
    place.emulator().set_latency(work.latency);
    for round in 0..rounds {
        for turn in 0..PEERS.len() {
            let peer = (round + turn) % PEERS.len();
            let job = place.job(PEERS[peer], work, length, &programs.cache);
            let name = format!("{} of {}", work.name, job.peer);
            let took = programs.run(&job).map_err(|problem| format!("{name}: {problem}"))?;
            place.check(&job).map_err(|problem| format!("{name}: {problem}"))?;
            measured[peer].push(took);
        }
    }
    Ok(measured)
}

/// Where the clients are.
struct Programs {
    native: PathBuf,
    own: PathBuf,
    cache: PathBuf,
}

impl Programs {
    fn build() -> Result<Self, Problem> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/native");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--locked"]).current_dir(folder).arg("--target-dir").arg(&target);
        if !cargo.status()?.success() {
            return Err("the native clients do not compile".into());
        }
        let native = target.join("release/ossicle-peers-native").with_extension(std::env::consts::EXE_EXTENSION);
        Ok(Self { native, own: std::env::current_exe()?, cache: target.join("compiled-components") })
    }

    /// One measurement, in a process of its own.
    fn run(&self, job: &Job) -> Result<Measured, Problem> {
        let program = if job.peer == "ossicle" { &self.own } else { &self.native };
        let mut child = Command::new(program).arg(&job.peer).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        child.stdin.take().ok_or("no standard input")?.write_all(serde_json::to_string(job)?.as_bytes())?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(output.status.to_string().into());
        }
        let printed = String::from_utf8(output.stdout)?;
        Ok(serde_json::from_str(printed.lines().last().ok_or("nothing was printed")?)?)
    }
}

/// A number of the environment's.
fn variable<T: std::str::FromStr>(name: &str, default: T) -> Result<T, Problem> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name} is no number: {text:?}").into()),
        Err(_) => Ok(default),
    }
}
