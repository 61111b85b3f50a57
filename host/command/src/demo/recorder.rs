//! Takes the steps down as they are made, with the requests that the emulator saw meanwhile.

use super::outcome::Outcome;
use super::stage::Stage;
use super::step::{Request, Step};
use super::table;
use crate::error::CommandError;
use crate::terminal::output::WriteError;
use ossicle_emulator::{Emulator, SignatureKind};
use std::time::Instant;

/// What a step's requests must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// So many, every one with a right signature.
    Signed(usize),
    /// So many, every one refused for its signature.
    Refused(usize),
}

/// Takes the steps down.
pub struct Recorder {
    emulator: Emulator,
    signature: SignatureKind,
    shown: bool,
    seen: u64,
    steps: Vec<Step>,
}

impl Recorder {
    /// A recorder that expects signatures of a kind and shows each step when it is made, or none.
    pub fn new(stage: &Stage, signature: SignatureKind, shown: bool) -> Self {
        Self { emulator: stage.emulator.clone(), signature, shown, seen: 0, steps: Vec::new() }
    }

    /// Begins a chapter.
    pub fn chapter(&self, title: &str) -> Result<(), WriteError> {
        if self.shown { table::chapter(title) } else { Ok(()) }
    }

    /// Makes a step. It is right when its outcome is and its requests are as expected.
    pub async fn step(
        &mut self,
        name: &'static str,
        expect: Expect,
        work: impl Future<Output = Outcome>,
    ) -> Result<(), CommandError> {
        let begun = Instant::now();
        let outcome = work.await;
        let took = begun.elapsed();
        let requests = self.requests();
        let wrong = self.complaint(expect, &requests);
        let (passed, outcome) = match (outcome, wrong) {
            (Ok(outcome), None) => (true, outcome),
            (Ok(outcome), Some(wrong)) => (false, format!("{outcome}; but {wrong}")),
            (Err(outcome), _) => (false, outcome),
        };
        let step = Step { name, passed, outcome, requests, took };
        if self.shown {
            table::row(&step)?;
        }
        self.steps.push(step);
        Ok(())
    }

    /// The steps so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The requests since the last step.
    fn requests(&mut self) -> Vec<Request> {
        let seen = self.seen;
        let fresh: Vec<_> = self.emulator.requests().into_iter().filter(|record| record.sequence > seen).collect();
        self.seen = fresh.last().map_or(seen, |record| record.sequence);
        fresh.into_iter().map(Request::from).collect()
    }

    fn complaint(&self, expect: Expect, requests: &[Request]) -> Option<String> {
        let (count, signature) = match expect {
            Expect::Signed(count) => (count, Some(self.signature)),
            Expect::Refused(count) => (count, None),
        };
        if requests.len() != count {
            return Some(format!("it should have taken {count} requests"));
        }
        let odd = requests.iter().any(|request| request.signature != signature);
        odd.then(|| "a signature was not of the kind it should be".to_owned())
    }
}
