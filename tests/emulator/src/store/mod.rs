//! What is stored: buckets, in them keys, under each its versions; and uploads in progress.

mod append;
mod blob;
mod body;
mod bucket;
mod complete;
mod disk;
mod index;
mod listing;
mod multipart;
mod object;
mod record;
mod upload;
mod versions;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

pub(crate) use body::{Body, Segment};
pub use bucket::Versioning;
pub(crate) use bucket::{Bucket, BucketSettings};
pub(crate) use complete::{Chosen, upper_hex};
pub(crate) use index::{Entry, Key};
pub(crate) use listing::{Item, Walk, walk};
pub(crate) use object::{Content, Encryption, Metadata, NULL_VERSION, ObjectType, Version};
pub(crate) use upload::{Part, Upload};
pub(crate) use versions::Missing;

use disk::Folder;

use crate::ids::Ids;

/// What buckets share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) ids: Ids,
    /// Orders the versions of all buckets.
    pub(crate) sequence: AtomicU64,
}

/// Every bucket.
#[derive(Debug)]
pub(crate) struct Store {
    common: Arc<Common>,
    root: Option<PathBuf>,
    buckets: RwLock<BTreeMap<String, Arc<Bucket>>>,
}

impl Store {
    /// Opens a store: in memory, or in a folder with what it holds already.
    pub(crate) fn open(root: Option<PathBuf>) -> io::Result<Self> {
        let common = Arc::new(Common { ids: Ids::new(), sequence: AtomicU64::new(0) });
        let mut buckets = BTreeMap::new();
        if let Some(root) = &root {
            std::fs::create_dir_all(root)?;
            for entry in std::fs::read_dir(root)? {
                let path = entry?.path();
                if path.join("bucket.json").is_file() {
                    let bucket = Bucket::load(path, common.clone())?;
                    buckets.insert(bucket.name().to_owned(), Arc::new(bucket));
                }
            }
        }
        Ok(Self { common, root, buckets: RwLock::new(buckets) })
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
        let folder = match &self.root {
            Some(root) => Some(Folder::open(root.join(&settings.name))?),
            None => None,
        };
        let bucket = Arc::new(Bucket::create(settings, self.common.clone(), folder)?);
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
