//! Then: what the storage driver of a container registry does, with a layer that is pushed.

use super::outcome::{Outcome, succeeds, told};
use super::recorder::{Expect::Signed, Recorder};
use super::stage::{PART, Stage};
use crate::error::CommandError;
use crate::terminal::text::{hex, size};
use futures_util::StreamExt;
use ossicle::{BlobError, Blobs};
use ossicle_emulator::{FaultAction, FaultRule, Operation};
use sha2::{Digest, Sha256};
use std::time::Duration;

const MIB: usize = 1 << 20;
/// The size of the layer.
const LAYER: usize = 24 * MIB;

const REGISTRY: &str = "/docker/registry/v2";
const UPLOAD: &str = "/docker/registry/v2/repositories/demo/_uploads/1/data";
const LINK: &str = "/docker/registry/v2/repositories/demo/_manifests/tags/latest/current/link";

/// How late the emulator answers while parts go up: as over a network, where it matters that they go at once.
const LATENCY: Duration = Duration::from_millis(20);

/// Pushes a layer, reads it, and removes it.
pub async fn show(stage: &Stage, recorder: &mut Recorder) -> Result<(), CommandError> {
    let blobs = &stage.tenant.blobs();
    let layer = layer();
    let digest = hex(&Sha256::digest(&layer));
    let published = format!("{REGISTRY}/blobs/sha256/{}/{digest}/data", digest.get(..2).unwrap_or_default());
    recorder.chapter("A registry's blobs")?;

    stage.emulator.set_latency(LATENCY);
    recorder
        .step("stream a layer up", Signed(2 + LAYER / PART), async {
            let written = push(blobs, &layer).await;
            let at_once = stage.emulator.stats().in_flight_max;
            let (size, parts) = (size(LAYER as u64), LAYER / PART);
            let text =
                format!("{size} in {parts} parts, {at_once} at once\neach request waits 20 ms, as over a network");
            succeeds(written, |written| told(written == LAYER as u64 && at_once > 1, text))
        })
        .await?;
    stage.emulator.set_latency(Duration::ZERO);
    recorder
        .step("publish it (move)", Signed(3), async {
            let moved = blobs.rename(UPLOAD, &published).await;
            succeeds(moved, |_| told(true, "copied within OSS, checked, removed"))
        })
        .await?;
    recorder
        .step("link it to a tag", Signed(1), async {
            let put = blobs.put(LINK, format!("sha256:{digest}")).await;
            succeeds(put, |_| told(true, "71 B, one request"))
        })
        .await?;
    recorder
        .step("read its last MiB", Signed(1), async {
            let rest = read(blobs, &published, LAYER - MIB).await;
            succeeds(rest, |rest| told(layer.ends_with(&rest) && rest.len() == MIB, "these bytes, and no others came"))
        })
        .await?;
    stage
        .emulator
        .faults()
        .add(FaultRule::new(FaultAction::CutResponse { at: 10 * MIB as u64 }).on(Operation::GetObject).once());
    recorder
        .step("read it; it breaks off", Signed(2), async {
            let whole = read(blobs, &published, 0).await;
            succeeds(whole, |whole| told(whole == layer, "went on by range; the CRC-64 agrees"))
        })
        .await?;
    recorder.step("walk over the tree", Signed(1), async { walk(blobs, &published).await }).await?;
    recorder
        .step("delete the tree", Signed(4), async {
            let deleted = blobs.delete("/docker").await;
            succeeds(deleted, |_| told(true, "2 files, and no upload is left"))
        })
        .await
}

/// Bytes that differ from place to place: what is lost, doubled or swapped shows.
fn layer() -> Vec<u8> {
    (0..LAYER as u64 / 8).flat_map(|place| place.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()).collect()
}

/// As a registry does it: a writer, and a commit when all is there.
async fn push(blobs: &Blobs, layer: &[u8]) -> Result<u64, BlobError> {
    let mut writer = blobs.writer(UPLOAD, false, Some(layer.len() as u64)).await?;
    let written = writer.write(layer).await?;
    writer.commit().await?;
    Ok(written)
}

async fn read(blobs: &Blobs, path: &str, offset: usize) -> Result<Vec<u8>, BlobError> {
    let mut pieces = blobs.read(path, offset as u64).await?;
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        whole.extend_from_slice(&piece?);
    }
    Ok(whole)
}

async fn walk(blobs: &Blobs, published: &str) -> Outcome {
    let mut entries = blobs.walk("/docker", None).await.map_err(|error| error.to_string())?;
    let (mut files, mut directories) = (Vec::new(), 0_usize);
    while let Some(entry) = entries.next().await {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.is_dir { directories += 1 } else { files.push(entry.path) }
    }
    let names = [published, LINK];
    told(files == names && directories == 12, format!("{directories} directories, {} files", files.len()))
}
