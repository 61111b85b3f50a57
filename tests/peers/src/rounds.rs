//! The measurements of several clients, turn by turn, each in a process of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::drive::Measured;
use crate::job::Job;
use crate::peer::Problem;

/// Measures each of so many clients once in each round, another one first each time. What was measured of each.
///
/// # Errors
/// What a measurement failed with.
pub fn rounds(
    rounds: usize,
    peers: usize,
    mut measure: impl FnMut(usize) -> Result<Measured, Problem>,
) -> Result<Vec<Vec<Measured>>, Problem> {
    let mut measured = vec![Vec::new(); peers];
    for turn in 0..rounds * peers {
        let peer = (turn / peers + turn) % peers;
        measured[peer].push(measure(peer)?);
    }
    Ok(measured)
}

/// One measurement, in a process of its own: a program that is told the client's name and calls [`serve`](crate::serve).
///
/// # Errors
/// If the program can't be run or fails.
pub fn run(program: &Path, job: &Job) -> Result<Measured, Problem> {
    let mut child = Command::new(program).arg(&job.peer).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no standard input")?.write_all(serde_json::to_string(job)?.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(output.status.to_string().into());
    }
    let printed = String::from_utf8(output.stdout)?;
    Ok(serde_json::from_str(printed.lines().last().ok_or("nothing was printed")?)?)
}

/// A number of the environment's.
///
/// # Errors
/// If it is none.
pub fn variable<T: std::str::FromStr>(name: &str, default: T) -> Result<T, Problem> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name} is no number: {text:?}").into()),
        Err(_) => Ok(default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_first_in_its_turn() {
        let mut order = Vec::new();
        let measured = Measured { count: 1.0, seconds: 1.0, processor: 1.0, peak_memory: 1 };
        let all = rounds(3, 3, |peer| {
            order.push(peer);
            Ok(measured)
        });
        assert_eq!(order, [0, 1, 2, 1, 2, 0, 2, 0, 1]);
        assert!(all.unwrap().iter().all(|measured| measured.len() == 3));
    }
}
