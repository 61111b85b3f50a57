//! What is read, as a behaviour suite sees it.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use ossicle_guest::oss::ObjectState;

use super::Told;

/// A content, or the end of one, and what OSS states of its file.
#[derive(Clone, Debug)]
pub struct BlobContent {
    /// The bytes.
    pub content: Vec<u8>,
    /// The CRC-64 of the whole file.
    pub crc64: u64,
    /// What OSS states of it.
    pub state: ObjectState,
}

/// A URL by which a file can be read for a while.
#[derive(Clone, Debug)]
pub struct BlobUrl {
    /// The URL.
    pub url: String,
    /// For how long it holds.
    pub holds_for: Duration,
    /// Whether OSS has told the time that it is signed with.
    pub time_is_known: bool,
}

/// A file that is being read.
pub trait BlobReader: Debug {
    /// What OSS states of the file.
    fn state(&self) -> &ObjectState;

    /// The next bytes; none after the last ones. After a failure there are none.
    fn piece(&mut self) -> impl Future<Output = Told<Option<Bytes>>>;

    /// All that follows.
    fn rest(&mut self) -> impl Future<Output = Told<Vec<u8>>> {
        async move {
            let mut bytes = Vec::new();
            while let Some(piece) = self.piece().await? {
                bytes.extend_from_slice(&piece);
            }
            Ok(bytes)
        }
    }
}
