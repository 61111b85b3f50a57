//! Ossicle among the clients: small objects by `Certificates`, large ones by `Blobs`, both by the built components.

use std::iter;
use std::path::Path;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use ossicle::{Addressing, BlobOptions, Blobs, Certificates, Config, Credentials, Endpoint, Engine};
use ossicle::{EngineOptions, Limits, TrustRoots, WriteOptions};
use ossicle_peers::{CHUNK, Job, PART, Peer, Problem, Source, TRANSFER};

pub struct Ossicle {
    certificates: Certificates,
    blobs: Blobs,
}

/// Compiles the components into the cache.
pub fn compile(cache: &Path) -> Result<(), Problem> {
    Engine::new(EngineOptions::new().cache(cache)).map(drop)?;
    Ok(())
}

impl Ossicle {
    pub async fn new(job: &Job) -> Result<Self, Problem> {
        let options = EngineOptions::new().cache(&job.cache);
        let options = options.resolve(&job.bucket_host(), job.address.port(), job.address);
        let options = match &job.certificate {
            Some(pem) => options.trust(TrustRoots::none().pem(pem)?),
            None => options,
        };
        let engine = Engine::new(options)?;
        let credentials = Credentials::new(&job.access_key_id, job.access_key_secret.as_str());
        let config = Config::new(&job.bucket, &job.region, credentials);
        let config = config.endpoint(Endpoint::custom(job.endpoint())).addressing(Addressing::VirtualHosted);
        let parts = u8::try_from(job.in_flight).unwrap_or(u8::MAX).min(64);
        let options = BlobOptions::new().part_size(PART as u64).parts_in_flight(parts);
        let tenant = engine.tenant("bench", config.blobs(options), Limits::default().instances(job.threads))?;
        Ok(Self { blobs: tenant.blobs(), certificates: tenant.certificates() })
    }
}

impl Peer for Ossicle {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Problem> {
        Ok(self.certificates.store(name, bytes).await?)
    }

    async fn get(&self, name: &str) -> Result<u64, Problem> {
        Ok(self.certificates.load(name).await?.len() as u64)
    }

    async fn head(&self, name: &str) -> Result<u64, Problem> {
        Ok(self.certificates.stat(name).await?.size)
    }

    async fn list(&self, prefix: &str) -> Result<usize, Problem> {
        Ok(self.certificates.list(prefix.trim_end_matches('/'), true).await?.entries.len())
    }

    async fn upload(&self, name: &str, mut source: Source, _in_flight: usize) -> Result<(), Problem> {
        let pieces = stream::iter(iter::from_fn(move || (source.left() > 0).then(|| Ok(source.chunk(CHUNK)))));
        let (path, options) = (format!("/{name}"), WriteOptions::default());
        let (written, _) = self.blobs.write_stream(&path, 0, pieces, Some(TRANSFER), options).await?;
        if written == TRANSFER { Ok(()) } else { Err(format!("{written} bytes were written").into()) }
    }

    async fn download(&self, name: &str) -> Result<u64, Problem> {
        let mut pieces = self.blobs.read(&format!("/{name}"), 0).await?;
        let mut count = 0;
        while let Some(piece) = pieces.next().await {
            count += piece?.len() as u64;
        }
        Ok(count)
    }
}
