//! What a process has of the bucket: its locks, and what it writes under their leases.

use std::ops::Deref;

use bytes::Bytes;
use ossicle_guest::blob::{BlobOptions, Driver, DriverError, PublishOptions, Reason, TimeSpan, WriteOptions};
use ossicle_guest::cert::Storage;
use ossicle_guest::error::{Error, ErrorKind};
use ossicle_guest::lock::{Lease, LockError, LockSettings, Locks, Written};
use ossicle_guest::oss::Condition;

use crate::peer::settings;
use crate::world::Node;

/// Locks and the certificates that are written under them.
pub struct Site {
    locks: Locks<Node>,
    storage: Storage<Node>,
}

impl Site {
    pub fn new(node: &Node, locks: LockSettings) -> Self {
        let locks = Locks::new(node.clone(), settings(), locks);
        let storage = Storage::new(node.clone(), settings()).with_locks(&locks);
        Self { locks, storage }
    }

    /// With another storage in the place of its own.
    pub fn map_storage(self, change: impl FnOnce(Storage<Node>) -> Storage<Node>) -> Self {
        Self { storage: change(self.storage), ..self }
    }

    pub fn certificates(&self) -> &Storage<Node> {
        &self.storage
    }

    pub async fn store_under(&self, lease: &Lease, key: &str, value: Bytes) -> Result<Written, LockError> {
        self.storage.store_under(lease, key, value).await
    }

    pub async fn delete_under(&self, lease: &Lease, key: &str) -> Result<Written, LockError> {
        self.storage.delete_under(lease, key).await
    }
}

impl Deref for Site {
    type Target = Locks<Node>;

    fn deref(&self) -> &Locks<Node> {
        &self.locks
    }
}

/// Which component the processes of a fleet run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum World {
    #[default]
    Certificates,
    Blobs,
}

/// What a process of a fleet writes under leases.
pub enum Data {
    Certificates(Box<Storage<Node>>),
    Blobs(Driver<Node>),
}

/// How a write under a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing of it is on its way any more.
    Decided,
    /// It certainly had no effect and will have none.
    Refused,
    /// It may take effect yet, and only its writer knows.
    Open,
}

impl Data {
    pub fn new(world: World, node: &Node, locks: &Locks<Node>) -> Self {
        match world {
            World::Certificates => {
                Self::Certificates(Box::new(Storage::new(node.clone(), settings()).with_locks(locks)))
            }
            World::Blobs => {
                let options = BlobOptions::default().check(&settings()).unwrap();
                Self::Blobs(Driver::new(node.clone(), settings(), options))
            }
        }
    }

    /// Whether a release waits for writes that may take effect yet.
    pub fn is_waited_for(&self) -> bool {
        matches!(self, Self::Certificates(_))
    }

    pub async fn load(&self, key: &str) -> Result<Bytes, ErrorKind> {
        match self {
            Self::Certificates(storage) => storage.load(key).await.map_err(|error| error.kind),
            Self::Blobs(driver) => {
                let loaded = driver.get_content(&path(key), Condition::default()).await;
                loaded.map(|loaded| loaded.bytes).map_err(|error| cause(error).kind)
            }
        }
    }

    pub async fn store_under(&self, lease: &Lease, key: &str, value: Bytes) -> Ended {
        match self {
            Self::Certificates(storage) => match storage.store_under(lease, key, value).await {
                Err(LockError::Failed(error)) if !error.undecided => Ended::Refused,
                _ => Ended::Decided,
            },
            Self::Blobs(driver) => {
                let Some(window) = lease.window() else { return Ended::Refused };
                let window = Some(TimeSpan { since: window.from, until: window.end() });
                let options = WriteOptions {
                    publish: PublishOptions { window, ..PublishOptions::default() },
                    ..WriteOptions::default()
                };
                match driver.put_content(&path(key), value, &options).await {
                    Ok(written) if written.perhaps_again => Ended::Open,
                    Ok(_) => Ended::Decided,
                    Err(error) => {
                        if cause(error).undecided {
                            Ended::Open
                        } else {
                            Ended::Refused
                        }
                    }
                }
            }
        }
    }
}

fn path(key: &str) -> String {
    ["/", key].concat()
}

fn cause(error: DriverError) -> Error {
    match error.reason {
        Reason::Storage(error) => error,
        other => panic!("{other:?}"),
    }
}
