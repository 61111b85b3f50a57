//! First: what a certificate storage does.

use super::outcome::{fails, succeeds, told};
use super::pair::Pair;
use super::recorder::{Expect::Signed, Recorder};
use super::stage::Stage;
use crate::error::CommandError;
use crate::terminal::text::size;
use ossicle::{LockError, Unlocked};
use std::time::{Duration, SystemTime};

const DIRECTORY: &str = "certificates/example.com";
const CERTIFICATE: &str = "certificates/example.com/example.com.crt";
const KEY: &str = "certificates/example.com/example.com.key";

/// Stores a certificate and its key, looks at them from all sides, and removes them.
pub async fn show(stage: &Stage, recorder: &mut Recorder) -> Result<(), CommandError> {
    let Pair { certificate, key } = Pair::new("example.com")?;
    let storage = stage.tenant.certificates();
    recorder.chapter("All is well")?;

    recorder
        .step("store a certificate", Signed(1), async {
            let stored = storage.store(CERTIFICATE, certificate.clone()).await;
            succeeds(stored, |()| told(true, format!("{}, for example.com", size(certificate.len() as u64))))
        })
        .await?;
    recorder
        .step("store its private key", Signed(1), async {
            let stored = storage.store(KEY, key.clone()).await;
            succeeds(stored, |()| told(true, format!("{}, beside it", size(key.len() as u64))))
        })
        .await?;
    recorder
        .step("list one level", Signed(1), async {
            let listed = storage.list("", false).await;
            succeeds(listed, |listed| {
                let keys: Vec<_> = listed.keys().collect();
                told(keys == ["certificates"], format!("a directory: {}", keys.join(" ")))
            })
        })
        .await?;
    recorder
        .step("list everything", Signed(1), async {
            succeeds(storage.list("", true).await, |listed| {
                let is_all = listed.keys().eq(["certificates", DIRECTORY, CERTIFICATE, KEY]);
                told(is_all, "2 directories, 2 files")
            })
        })
        .await?;
    recorder
        .step("stat the certificate", Signed(1), async {
            succeeds(storage.stat(CERTIFICATE).await, |info| {
                let recent = since(info.modified) < Duration::from_secs(60);
                let right = info.is_terminal && info.size == certificate.len() as u64 && recent;
                told(right, format!("a file of {}, changed just now", size(info.size)))
            })
        })
        .await?;
    recorder
        .step("stat its directory", Signed(2), async {
            let found = storage.stat(DIRECTORY).await;
            succeeds(found, |info| told(!info.is_terminal, "a directory, without an object"))
        })
        .await?;
    recorder
        .step("load the certificate", Signed(1), async {
            succeeds(storage.load(CERTIFICATE).await, |loaded| {
                told(*loaded == certificate.as_bytes(), "the same bytes; the CRC-64 agrees")
            })
        })
        .await?;
    recorder
        .step("is the key there?", Signed(1), async { succeeds(storage.exists(KEY).await, |there| told(there, "yes")) })
        .await?;
    recorder
        .step("take a lock", Signed(3), async {
            let guard = storage
                .tenant()
                .locks()
                .hold("issue_cert_example.com", Duration::from_secs(5))
                .await
                .map_err(in_words)?;
            let token = guard.token();
            let released = guard.unlock().await.map_err(in_words)?;
            told(released == Unlocked::Released, format!("token {token}, and released"))
        })
        .await?;
    recorder
        .step("delete the certificate", Signed(2), async {
            succeeds(storage.delete(CERTIFICATE).await, |()| told(true, "done"))
        })
        .await?;
    recorder
        .step("load it again", Signed(1), async {
            fails(storage.load(CERTIFICATE).await, |error| {
                told(error.is_not_found(), "not found: an answer, no failure")
            })
        })
        .await?;
    recorder
        .step("delete the directory", Signed(2), async {
            succeeds(storage.delete(DIRECTORY).await, |()| told(true, "the key went with it"))
        })
        .await?;
    recorder
        .step("is anything there?", Signed(2), async {
            succeeds(storage.exists("certificates").await, |there| told(!there, "no"))
        })
        .await
}

fn in_words(error: LockError) -> String {
    error.to_string()
}

/// How long ago, by either clock.
fn since(moment: SystemTime) -> Duration {
    moment.elapsed().unwrap_or_else(|early| early.duration())
}
