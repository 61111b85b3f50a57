//! What the suites of blobs stand on: drivers over a ground, and contents.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use ossicle::{
    Allocation, BlobOptions, Blobs, Config, Engine, EngineOptions, ErrorKind, Limits, Parameters, SignatureVersion,
    TenantConfig,
};
use ossicle_emulator::PendingUpload;
use ossicle_guest::blob::FileInfo;
use tokio::runtime::{Builder, Runtime};

use crate::{ACCESS_KEY_ID, BUCKET, BlobDriver, BlobFailed, BlobWriter as _, Ground, REGION, SECRET, Signature};

/// One engine for a whole test program, whose instances may be as large as a suite wants.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| blob_engine(RUNTIME.handle()));

/// An engine without the component for certificates: locks are in that for blobs.
static BLOBS_ALONE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::with_components([ossicle_component::BLOBS], options(RUNTIME.handle())).expect("the component compiles")
});

/// It is never shut down: the process ends first.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime"));

/// An engine on a runtime, whose instances may be as large as one wants. All test programs together compile the components
/// once.
pub fn blob_engine(runtime: &tokio::runtime::Handle) -> Engine {
    Engine::new(options(runtime)).expect("the component compiles")
}

fn options(runtime: &tokio::runtime::Handle) -> EngineOptions {
    let program = std::env::current_exe().expect("a program");
    let cache: PathBuf = program.parent().expect("a folder").join("compiled-components");
    EngineOptions::new().allocation(Allocation::OnDemand).runtime(runtime.clone()).cache(cache)
}

/// The smallest part that OSS takes.
pub const PART: u64 = 100 * 1024;

/// Options with parts small enough for a test.
pub fn small_parts() -> BlobOptions {
    BlobOptions::new().part_size(PART)
}

impl Ground {
    /// A driver by a config.
    pub fn blobs(&self, signature: Signature) -> Blobs {
        self.blobs_by(self.signed(signature).blobs(small_parts()), Limits::default())
    }

    /// A driver whose tenant has its locks in the component for blobs.
    pub fn blobs_alone(&self, signature: Signature) -> Blobs {
        let config = self.signed(signature).blobs(small_parts());
        BLOBS_ALONE.tenant("test", config, Limits::default()).expect("a tenant").blobs()
    }

    fn signed(&self, signature: Signature) -> Config {
        self.config().signature(match signature {
            Signature::V4 => SignatureVersion::V4,
            Signature::V1 => SignatureVersion::V1,
        })
    }

    /// A driver with options of one's own.
    pub fn blobs_with(&self, options: BlobOptions) -> Blobs {
        self.blobs_by(self.config().blobs(options), Limits::default())
    }

    /// A driver by whatever there is to open one by, with limits.
    pub fn blobs_by(&self, config: impl Into<TenantConfig>, limits: Limits) -> Blobs {
        ENGINE.tenant("test", config, limits).expect("a tenant").blobs()
    }

    /// A driver with a config of one's own.
    pub fn blobs_at(&self, config: Config) -> Blobs {
        self.blobs_by(config.blobs(small_parts()), Limits::default())
    }

    /// The parameters that a registry's configuration would have.
    pub fn parameters(&self) -> Parameters {
        self.parameter_list().into_iter().collect()
    }

    /// The same, one by one.
    pub fn parameter_list(&self) -> [(&'static str, String); 7] {
        [
            ("accesskeyid", ACCESS_KEY_ID.to_owned()),
            ("accesskeysecret", SECRET.to_owned()),
            ("region", REGION.to_owned()),
            ("bucket", BUCKET.to_owned()),
            ("endpoint", self.emulator().endpoint()),
            ("chunksize", "5242880".to_owned()),
            ("rootdirectory", self.root().to_owned()),
        ]
    }

    /// The uploads that were neither completed nor aborted.
    pub fn pending(&self) -> Vec<PendingUpload> {
        self.emulator().bucket(BUCKET).uploads()
    }

    /// The object of a path.
    pub fn object(&self, path: &str) -> String {
        [self.root(), path.trim_start_matches('/')].concat()
    }

    /// What a file holds, behind the driver's back.
    pub fn stored(&self, path: &str) -> Option<Vec<u8>> {
        self.get_raw(&self.object(path)).map(|bytes| bytes.to_vec())
    }

    /// Makes a file behind the driver's back.
    pub fn plant(&self, path: &str, bytes: &[u8]) {
        self.put_raw(&self.object(path), bytes);
    }

    /// Checks that nothing is left once everything is deleted: no object, no upload.
    pub async fn tear_down(&self, blobs: &impl BlobDriver) {
        self.clear_faults();
        for path in blobs.list("/").await.expect("the root lists") {
            blobs.delete(&path).await.expect("a delete");
        }
        assert_eq!(blobs.list("/").await.expect("the root lists"), [""; 0]);
        assert_eq!(self.keys_below(""), [""; 0], "nothing is left of any file");
        assert_eq!(self.pending(), [], "nothing is left of any upload");
    }
}

/// Bytes that differ from those of every other seed, and from one place to another.
pub fn content(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Waits until so many parts of a writer's upload have arrived. Only one that does not wait by itself needs that: what it sends
/// is sent while calls are made.
pub async fn arrived<B: BlobDriver>(blobs: &B, ground: &Ground, writer: &B::Writer, parts: usize) {
    let id = writer.upload_id().await.expect("an id").expect("an upload");
    for _ in 0..1000 {
        let uploads = ground.pending();
        let upload = uploads.iter().find(|upload| upload.upload_id == id).expect("it is there");
        if upload.parts.len() == parts {
            return;
        }
        assert!(!B::Writer::WAITS, "{} parts of {parts} are there", upload.parts.len());
        blobs.check().await.expect("a bucket");
    }
    panic!("they don't arrive");
}

/// The paths of entries.
pub fn paths(entries: &[FileInfo]) -> Vec<&str> {
    entries.iter().map(|entry| entry.path.as_str()).collect()
}

/// That an error is upstream's `PathNotFoundError{Path, DriverName}`.
#[track_caller]
pub fn assert_not_found<T: std::fmt::Debug>(result: Result<T, BlobFailed>, path: &str) {
    let error = result.expect_err("nothing is there");
    assert!(error.is_not_found(), "{error}");
    assert_eq!((error.driver.as_str(), error.path.as_deref()), ("oss", Some(path)));
}

/// That a call fails in this way.
#[track_caller]
pub fn assert_kind<T: std::fmt::Debug>(result: Result<T, BlobFailed>, kind: ErrorKind) -> BlobFailed {
    let failed = result.expect_err("it can't work");
    assert_is(&failed, kind);
    failed
}

/// That a failure is of this kind.
#[track_caller]
pub fn assert_is(failed: &BlobFailed, kind: ErrorKind) {
    assert_eq!(failed.kind(), Some(kind), "{failed}");
    assert!(!failed.text.contains(SECRET));
}

/// An hour.
pub const HOUR: Duration = Duration::from_secs(3600);
