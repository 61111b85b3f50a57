//! Last: what can go wrong, and what comes of it.

use super::outcome::{Outcome, fails, succeeds, told};
use super::recorder::{Expect::Refused, Expect::Signed, Recorder};
use super::stage::{BUCKET, Stage};
use crate::error::CommandError;
use ossicle::{Error, ErrorKind};
use ossicle_emulator::{FaultAction, FaultRule, Operation};

const KEY: &str = "certificates/example.org/example.org.crt";
const VALUE: &str = "kept through a lost answer\n";

/// Alibaba Cloud's metadata service, which gives the credentials of a machine's role to whoever asks.
const METADATA: &str = "http://100.100.100.200";

/// Lets things go wrong.
pub async fn show(stage: &Stage, recorder: &mut Recorder) -> Result<(), CommandError> {
    let storage = stage.tenant.certificates();
    recorder.chapter("Things go wrong")?;

    stage.emulator.faults().add(FaultRule::new(FaultAction::LoseResponse).on(Operation::PutObject).once());
    recorder
        .step("the answer is lost", Signed(2), async {
            let stored = storage.store(KEY, VALUE).await;
            let there = stage.emulator.bucket(BUCKET).get_raw(KEY);
            succeeds(stored, |()| told(there.as_deref() == Some(VALUE.as_bytes()), "sent again; the value is whole"))
        })
        .await?;

    stage.emulator.faults().add(FaultRule::new(FaultAction::CorruptResponse { at: 3 }).on(Operation::GetObject).once());
    recorder
        .step("a byte is changed", Signed(2), async {
            let loaded = storage.load(KEY).await;
            succeeds(loaded, |loaded| told(*loaded == VALUE.as_bytes(), "CRC-64 shows it; 2nd load is right"))
        })
        .await?;

    let impostor = stage.impostor()?.certificates();
    recorder.step("the secret is wrong", Refused(1), async { fails(impostor.load(KEY).await, refusal) }).await?;

    let astray = stage.astray(METADATA)?.certificates();
    recorder
        .step("the endpoint is a trap", Signed(0), async {
            // The component tries; the host does not let it connect.
            fails(astray.load(KEY).await, |error| {
                let refused = error.kind() == Some(ErrorKind::Unavailable) && !error.is_retryable();
                told(refused, "the host does not let it connect\nit was led to the cloud's metadata service, which hands out credentials")
            })
        })
        .await
}

/// A refusal, told as OSS tells it.
fn refusal(error: Error) -> Outcome {
    let answer = error.failure().and_then(|failure| failure.answer.clone());
    let Some(answer) = answer else { return Err(error.to_string()) };
    let right = error.kind() == Some(ErrorKind::AccessDenied)
        && answer.code == "SignatureDoesNotMatch"
        && answer.request_id.is_some();
    let (ec, id) = (answer.ec.unwrap_or_default(), answer.request_id.unwrap_or_default());
    told(right, format!("refused: {}\nEC {ec}, request id {id}: what Alibaba Cloud's support asks for", answer.code))
}
