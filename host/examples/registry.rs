//! A push and a pull as a container registry makes them, on an emulator of OSS: `cargo run -p ossicle --example registry`.
//!
//! With a bucket of your own: the `endpoint` left out, and the rest as in your registry's configuration.

use futures_util::StreamExt as _;
use ossicle::{BlobError, Blobs, Engine, EngineOptions, Limits, Parameters, UrlMethod};
use ossicle_emulator::{BucketSpec, Emulator};
use tokio::io::AsyncReadExt as _;

const UPLOAD: &str = "/docker/registry/v2/repositories/hello/_uploads/1/data";
const BLOB: &str = "/docker/registry/v2/blobs/sha256/ab/abcd/data";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().bucket(BucketSpec::new("my-registry")).access_key("my-id", "my-secret");
    let emulator = emulator.start().await?;
    let endpoint = emulator.endpoint();

    let engine = Engine::new(EngineOptions::new())?;
    let parameters: Parameters = [
        ("accesskeyid", "my-id"),
        ("accesskeysecret", "my-secret"),
        ("region", "oss-cn-hangzhou"),
        ("bucket", "my-registry"),
        ("chunksize", "5242880"),
        ("endpoint", endpoint.as_str()),
    ]
    .into_iter()
    .collect();
    let blobs = engine.tenant("registry", parameters, Limits::default())?.blobs();

    push(&blobs, &vec![0xA5; 12 << 20]).await?;

    // Once its digest is known it is moved to where it belongs, within OSS.
    blobs.rename(UPLOAD, BLOB).await?;

    // A pull reads from wherever it broke off.
    let mut rest = Vec::new();
    blobs.read(BLOB, 10 << 20).await?.read_to_end(&mut rest).await?;
    println!("read the last {} bytes", rest.len());

    // Or it is sent to OSS itself, by a URL that is good for 20 minutes: a secret for so long.
    blobs.url(BLOB, UrlMethod::Get, None).await?;

    // The garbage collection walks, and deletes.
    let mut entries = blobs.walk("/docker/registry/v2/blobs", None).await?;
    while let Some(entry) = entries.next().await {
        let entry = entry?;
        println!("{:>10} {}{}", entry.size, entry.path, if entry.is_dir { "/" } else { "" });
    }
    blobs.delete("/docker/registry/v2/blobs/sha256/ab").await?;

    blobs.tenant().close().await;
    emulator.shutdown().await;
    Ok(())
}

/// A layer comes in two requests, which two processes may answer: what the first one closes, the second one goes on with.
async fn push(blobs: &Blobs, layer: &[u8]) -> Result<(), BlobError> {
    let (first, second) = layer.split_at(layer.len() / 3 * 2);
    let mut writer = blobs.writer(UPLOAD, false, None).await?;
    writer.write(first).await?;
    writer.close().await?;

    let mut writer = blobs.writer(UPLOAD, true, None).await?;
    println!("{} bytes are there; the rest comes now", writer.size().await?);
    writer.write(second).await?;
    writer.commit().await?;
    Ok(())
}
