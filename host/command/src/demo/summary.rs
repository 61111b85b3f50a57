//! What the demo amounts to.

use super::stage::{BUCKET, REGION, Stage};
use super::step::{self, Step};
use crate::component::Component;
use serde::Serialize;
use serde_json::{Value, json};

/// What the demo amounts to.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Whether every step came out right.
    pub passed: bool,
    /// Steps in all.
    pub steps: usize,
    /// Steps that did not come out right.
    pub failed: usize,
    /// Requests that the emulator saw.
    pub requests: usize,
    /// Signatures that it verified.
    pub verified: usize,
    /// The kinds of these.
    pub signatures: Vec<&'static str>,
    /// Connections that it accepted.
    pub connections: u64,
    /// Bytes of the bodies of requests and of answers.
    pub bytes_in: u64,
    /// Bytes of the bodies of answers.
    pub bytes_out: u64,
}

impl Summary {
    /// Adds it up.
    pub fn of(stage: &Stage, steps: &[Step]) -> Self {
        let stats = stage.emulator.stats();
        let failed = steps.iter().filter(|step| !step.passed).count();
        let requests = || steps.iter().flat_map(|step| &step.requests);
        let mut signatures: Vec<_> = requests().filter_map(|request| request.signature).map(step::name).collect();
        let verified = signatures.len();
        signatures.sort_unstable();
        signatures.dedup();
        Self {
            passed: failed == 0,
            steps: steps.len(),
            failed,
            requests: requests().count(),
            verified,
            signatures,
            connections: stats.connections,
            bytes_in: stats.bytes_in,
            bytes_out: stats.bytes_out,
        }
    }
}

/// The whole demo, for programs.
pub fn document(stage: &Stage, steps: &[Step], summary: &Summary) -> Value {
    json!({
        "components": Component::STORAGES.map(|component| json!({
            "name": component.name(),
            "size": component.bytes().len(),
            "sha256": component.digest(),
        })),
        "engine": {
            "imports": stage.imports,
            "started_us": u64::try_from(stage.started.took.as_micros()).unwrap_or(u64::MAX),
            "from_cache": stage.started.from_cache,
        },
        "emulator": { "endpoint": stage.emulator.endpoint(), "bucket": BUCKET, "region": REGION },
        "steps": steps,
        "summary": summary,
    })
}
