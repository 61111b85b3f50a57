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

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use ossicle_peers::{Job, Measured, Problem, Table, WORK, Work, rounds, run, serve, variable};
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
    let count: usize = variable("OSSICLE_BENCH_ROUNDS", 5)?;
    let length = Duration::from_secs_f64(variable("OSSICLE_BENCH_SECONDS", 1.5)?);
    let programs = Programs::build()?;
    // Compiled before anything is measured, as a program that runs more than once has it.
    ossicle::compile(&programs.cache)?;
    for scheme in ["http", "https"].into_iter().filter(|scheme| schemes.is_empty() || schemes.contains(scheme)) {
        let place = Place::new(scheme == "https");
        let table = Table::new(&PEERS);
        println!("{}", table.head(&format!("over {}", scheme.to_uppercase())));
        for work in WORK.iter().filter(|work| names.is_empty() || names.iter().any(|name| work.name.contains(name))) {
            let measured = measure(&programs, &place, work, count, length)?;
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
    count: usize,
    length: Duration,
) -> Result<Vec<Vec<Measured>>, Problem> {
    place.emulator().set_latency(work.latency);
    rounds(count, PEERS.len(), |peer| {
        let job = place.job(PEERS[peer], work, length, &programs.cache);
        let measured = run(programs.of(&job), &job).and_then(|measured| place.check(&job).map(|()| measured));
        measured.map_err(|problem| format!("{} of {}: {problem}", work.name, job.peer).into())
    })
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

    /// The one that has a client.
    fn of(&self, job: &Job) -> &Path {
        if job.peer == "ossicle" { &self.own } else { &self.native }
    }
}
