//! A driver over an emulator of its own.

use bytes::Bytes;
use ossicle_emulator::{BucketHandle, FaultAction, FaultHandle, FaultRule, Operation};
use ossicle_guest::blob::{BlobOptions, Content, Driver, DriverError, End, Options, Reason, UploadInfo, WriterOptions};
pub use ossicle_guest::blob::{PublishOptions, ReadOptions, WriteOptions, WriterStart};
use ossicle_guest::config::Settings;
use ossicle_guest::error::ErrorKind;
pub use ossicle_guest::oss::Condition;
use ossicle_tests::native::Native;
use ossicle_tests::{BUCKET, Ground, Signature};

/// The size of a part in these tests: some more than OSS's least, so that the two are not the same boundary.
pub const PART: usize = 128 * 1024;
/// OSS's least size of a part that another one follows.
pub const LEAST: usize = 100 * 1024;

pub struct World {
    pub ground: Ground,
    pub driver: Driver<Native>,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut BlobOptions)) -> Self {
        let ground = Ground::new("registry/").await;
        let driver = driver(&ground, Signature::V4, change);
        Self { ground, driver }
    }

    /// With other settings.
    pub async fn with_settings(change: impl FnOnce(&mut Settings)) -> Self {
        let ground = Ground::new("registry/").await;
        let mut settings = ground.settings(Signature::V4);
        change(&mut settings);
        let options = options(&settings, |_| {});
        let driver = Driver::new(Native::default(), settings, options);
        Self { ground, driver }
    }

    /// Signs with Signature Version 1.
    pub async fn signed_v1() -> Self {
        let ground = Ground::new("registry/").await;
        let driver = driver(&ground, Signature::V1, |_| {});
        Self { ground, driver }
    }

    /// Another process: nothing is shared but the bucket.
    pub fn restart(&mut self) {
        self.driver = driver(&self.ground, Signature::V4, |_| {});
    }

    pub fn bucket(&self) -> BucketHandle {
        self.ground.emulator().bucket(BUCKET)
    }

    /// The content of a file, past the API.
    pub fn raw(&self, path: &str) -> Option<Bytes> {
        self.ground.get_raw(&["registry", path].concat())
    }

    pub fn put_raw(&self, path: &str, bytes: &[u8]) {
        self.ground.put_raw(&["registry", path].concat(), bytes);
    }

    /// The names of all objects below the root, as paths.
    pub fn names(&self) -> Vec<String> {
        self.ground.keys().into_iter().filter_map(|key| key.strip_prefix("registry").map(str::to_owned)).collect()
    }

    /// How many uploads are pending.
    pub fn pending(&self) -> usize {
        self.bucket().uploads().len()
    }

    pub fn refuse(&self, operation: Operation) -> FaultHandle {
        let action =
            FaultAction::Error { status: 403, code: "AccessDenied".into(), message: "no".into(), ec: String::new() };
        self.ground.fault(FaultRule::new(action).on(operation))
    }

    /// An operation fails in a way that is worth a retry, this many times after these.
    pub fn unavailable(&self, operation: Operation, skip: u64, times: u64) -> FaultHandle {
        let (code, message, ec) = ("ServiceUnavailable".into(), "not now".into(), String::new());
        let rule = FaultRule::new(FaultAction::Error { status: 503, code, message, ec });
        self.ground.fault(rule.on(operation).skip(skip).times(times))
    }

    /// All uploads that are listed.
    pub async fn uploads(&self, path: &str, older_than: u64) -> Vec<UploadInfo> {
        let mut uploads = self.driver.list_uploads(path, older_than).await.unwrap();
        let mut all = Vec::new();
        while let Some(page) = uploads.page().await.unwrap() {
            all.extend(page);
        }
        all
    }

    /// Lists uploads and removes these, and what others left.
    pub async fn remove_uploads(&self, path: &str, older_than: u64) -> Result<Vec<UploadInfo>, DriverError> {
        let uploads = self.uploads(path, older_than).await;
        self.driver.remove_uploads(uploads.clone()).await?;
        self.driver.remove_orphans(older_than).await?;
        Ok(uploads)
    }

    pub async fn write_at(&self, path: &str, offset: usize, bytes: &[u8]) -> Result<u64, DriverError> {
        let options = WriteOptions::default();
        self.driver
            .write_stream(path, offset as i64, content(bytes), good(), None, &options)
            .await
            .map(|(count, _)| count)
    }

    /// A file of these bytes by a writer that is closed and opened again before each.
    pub async fn write_in_pieces(&mut self, path: &str, pieces: &[&[u8]]) {
        let mut size = 0;
        for (n, piece) in pieces.iter().enumerate() {
            let mut writer = self
                .driver
                .writer(path, if n > 0 { WriterStart::Newest } else { WriterStart::Anew }, &hint(None))
                .await
                .unwrap();
            assert_eq!(writer.size(), size, "before piece {n}");
            assert_eq!(writer.write(&mut content(piece)).await.unwrap(), piece.len() as u64);
            size += piece.len() as u64;
            assert_eq!(writer.size(), size, "after piece {n}");
            if n + 1 == pieces.len() {
                writer.commit(PublishOptions::default()).await.unwrap();
            }
            writer.close().await.unwrap();
            self.restart();
        }
    }

    /// The whole of a file, read as a stream.
    pub async fn read(&self, path: &str, offset: i64) -> Result<Vec<u8>, DriverError> {
        let mut reader = self.driver.read(path, offset, ReadOptions::default()).await?;
        let mut whole = Vec::new();
        while let Some(chunk) = reader.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

fn driver(ground: &Ground, signature: Signature, change: impl FnOnce(&mut BlobOptions)) -> Driver<Native> {
    let settings = ground.settings(signature);
    let options = options(&settings, change);
    Driver::new(Native::default(), settings, options)
}

fn options(settings: &Settings, change: impl FnOnce(&mut BlobOptions)) -> Options {
    let mut options = BlobOptions {
        part_size: Some(PART as u64),
        copy_threshold: Some(1 << 20),
        copy_part_size: Some(1 << 20),
        ..BlobOptions::default()
    };
    change(&mut options);
    options.check(settings).unwrap()
}

/// Bytes that differ from place to place and, by the seed, from content to content.
pub fn bytes(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut whole = Vec::with_capacity(length + 4);
    while whole.len() < length {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        whole.extend_from_slice(&state.to_le_bytes());
    }
    whole.truncate(length);
    whole
}

pub fn content(bytes: &[u8]) -> Content<'static> {
    let pieces: Vec<_> = bytes.chunks(60_000).map(Bytes::copy_from_slice).collect();
    Box::pin(futures_util::stream::iter(pieces))
}

pub fn good() -> End<'static> {
    Box::pin(async { Ok(()) })
}

pub fn broken() -> End<'static> {
    Box::pin(async { Err("the reader failed".to_owned()) })
}

/// The kind of a failure of OSS's or the core's.
#[track_caller]
pub fn kind<T>(result: Result<T, DriverError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error.kind().unwrap_or_else(|| panic!("{error}")),
    }
}

/// The paths that a call says are left.
#[track_caller]
pub fn left<T>(result: Result<T, DriverError>) -> Vec<String> {
    match result.map(drop).unwrap_err().reason {
        Reason::Left(left) => left.into_iter().map(|one| one.path).collect(),
        other => panic!("{other:?}"),
    }
}

/// Options of a writer that is told how many bytes the whole will have.
pub fn hint(size: Option<u64>) -> WriterOptions {
    WriterOptions { size_hint: size, ..WriterOptions::default() }
}
