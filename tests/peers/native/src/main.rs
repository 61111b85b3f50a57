//! Native clients of OSS, each measured in a process of its own: see `ossicle_peers`.

mod bare;
mod opendal;
mod sign;
mod trust;

use std::process::ExitCode;

use ossicle_peers::{Peer, Problem, serve};

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        Some("bare") => run(async |job| bare::Bare::new(job)),
        Some("opendal") => run(async |job| opendal::OpenDal::new(job)),
        _ => Err("bare or opendal?".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run<P: Peer>(open: impl AsyncFnOnce(&ossicle_peers::Job) -> Result<P, Problem>) -> Result<(), Problem> {
    // Ring, as Ossicle has it, so that none is faster by its cipher alone.
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "there is a provider already")?;
    serve(open)
}
