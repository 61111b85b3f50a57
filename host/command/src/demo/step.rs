//! A step of the demo, as it came out.

use ossicle_emulator::{RequestRecord, SignatureKind};
use serde::Serialize;
use std::time::Duration;

/// A step, as it came out.
#[derive(Debug, Serialize)]
pub struct Step {
    /// What was done.
    pub name: &'static str,
    /// Whether it came out right.
    pub passed: bool,
    /// What came of it.
    pub outcome: String,
    /// The requests it took, by the emulator's log.
    pub requests: Vec<Request>,
    /// How long it took, in microseconds.
    #[serde(rename = "took_us", serialize_with = "microseconds")]
    pub took: Duration,
}

/// A request, as the emulator saw it.
#[derive(Debug, Serialize)]
pub struct Request {
    /// The OSS operation.
    pub operation: &'static str,
    /// The HTTP status; none where the answer was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// OSS's code, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The signature that was verified; none where none was right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignatureKind>,
    /// What was made to go wrong with it.
    pub faults: Vec<String>,
}

impl From<RequestRecord> for Request {
    fn from(record: RequestRecord) -> Self {
        Self {
            operation: record.operation.name(),
            status: record.status,
            code: record.code,
            signature: record.signature,
            faults: record.faults,
        }
    }
}

impl Step {
    /// The operations in their order, each run of equal ones told once: `PutObject ×2`.
    pub fn operations(&self) -> String {
        let runs = self.requests.chunk_by(|one, other| one.operation == other.operation);
        let told = runs.map(|run| match run {
            [request, _, ..] => format!("{} ×{}", request.operation, run.len()),
            [request] => request.operation.to_owned(),
            [] => String::new(),
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    }

    /// The signature that was verified on its requests.
    pub fn signature(&self) -> &'static str {
        let mut kinds: Vec<_> = self.requests.iter().map(|request| request.signature).collect();
        kinds.dedup();
        match kinds[..] {
            [] => "",
            [kind] => kind.map_or("refused", name),
            _ => "mixed",
        }
    }
}

/// A signature's name, as a person writes it.
pub fn name(kind: SignatureKind) -> &'static str {
    match kind {
        SignatureKind::V4Header => "v4-header",
        SignatureKind::V4Presign => "v4-presign",
        SignatureKind::V1Header => "v1-header",
        SignatureKind::V1Presign => "v1-presign",
        SignatureKind::V2Header => "v2-header",
        SignatureKind::V2Presign => "v2-presign",
    }
}

fn microseconds<S: serde::Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}
