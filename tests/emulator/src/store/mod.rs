//! What is stored: buckets, in them keys, under each its versions; and uploads in progress.

mod accounts;
mod append;
mod blob;
mod bodies;
mod body;
mod bucket;
mod complete;
mod damage;
mod disk;
mod files;
mod index;
mod listing;
mod loading;
mod multipart;
mod object;
mod opening;
#[cfg(test)]
mod power_cut_tests;
mod record;
mod spool;
mod upload;
mod versions;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

pub(crate) use body::{Body, Segment};
pub use bucket::Versioning;
pub(crate) use bucket::{Bucket, BucketSettings, PUBLIC_ACCESS_BLOCK};
pub(crate) use complete::{Chosen, Completion, upper_hex};
pub use damage::{DataError, SetAside};
pub(crate) use index::{Entry, Key};
pub(crate) use listing::{Item, Walk, walk};
pub(crate) use object::{Content, Encryption, Metadata, ObjectType, Restoration, Retention, Version};
pub(crate) use spool::Spool;
pub(crate) use upload::{Part, Upload};
pub(crate) use versions::Missing;

use accounts::Accounts;
use files::Files;
use opening::{Opened, Root};

use crate::ids::Ids;

/// What buckets share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) ids: Ids,
    /// Orders the versions of all buckets.
    pub(crate) sequence: AtomicU64,
    /// The data folder, which stays taken as long as anything can write to it.
    root: Option<Root>,
}

/// Every bucket.
#[derive(Debug)]
pub(crate) struct Store {
    common: Arc<Common>,
    set_aside: Vec<SetAside>,
    accounts: Accounts,
    buckets: RwLock<BTreeMap<String, Arc<Bucket>>>,
}

impl Store {
    /// A store in memory.
    pub(crate) fn in_memory() -> Self {
        let common = Common { ids: Ids::new(), sequence: AtomicU64::new(0), root: None };
        Self {
            common: Arc::new(common),
            set_aside: Vec::new(),
            accounts: Accounts::default(),
            buckets: RwLock::default(),
        }
    }

    /// Opens a store in a folder, with what it holds already. With `sync`, what was answered survives a power cut.
    pub(crate) fn open(root: PathBuf, sync: bool) -> Result<Self, DataError> {
        Self::open_with(root, Files::new(sync))
    }

    fn open_with(root: PathBuf, files: Files) -> Result<Self, DataError> {
        let root = Some(Root::take(root, files)?);
        let common = Arc::new(Common { ids: Ids::new(), sequence: AtomicU64::new(0), root });
        let Opened { buckets, set_aside } = match &common.root {
            Some(root) => root.open(&common)?,
            None => Opened { buckets: BTreeMap::new(), set_aside: Vec::new() },
        };
        let accounts = match &common.root {
            Some(root) => Accounts::open(root)?,
            None => Accounts::default(),
        };
        Ok(Self { common, set_aside, accounts, buckets: RwLock::new(buckets) })
    }

    /// The records that could not be read when the store was opened.
    pub(crate) fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// Whether public access to everything of an account is blocked.
    pub(crate) fn blocks_account(&self, owner: &str) -> bool {
        self.accounts.blocks(owner)
    }

    pub(crate) fn block_account(&self, owner: &str, blocked: bool) -> io::Result<()> {
        self.accounts.set(owner, blocked, self.common.root.as_ref())
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.common.ids
    }

    pub(crate) fn bucket(&self, name: &str) -> Option<Arc<Bucket>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(crate) fn buckets(&self) -> Vec<Arc<Bucket>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Makes a bucket; gives the one of that name if there is one.
    pub(crate) fn create(&self, settings: BucketSettings) -> io::Result<Result<Arc<Bucket>, Arc<Bucket>>> {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = buckets.get(&settings.name) {
            return Ok(Err(found.clone()));
        }
        let root = self.common.root.as_ref().map(|root| (root.path.join(&settings.name), root.files.clone()));
        let bucket = Arc::new(Bucket::create(settings, self.common.clone(), root)?);
        buckets.insert(bucket.name().to_owned(), bucket.clone());
        Ok(Ok(bucket))
    }

    /// Removes a bucket if nothing is in it; says whether it did.
    pub(crate) fn delete(&self, name: &str) -> io::Result<bool> {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = buckets.get(name) else { return Ok(true) };
        let emptied = bucket.retire()?;
        if emptied {
            buckets.remove(name);
        }
        Ok(emptied)
    }
}
