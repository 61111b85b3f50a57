//! A bucket: its settings, and under one lock its keys and its uploads.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

use super::Common;
use super::body::Body;
use super::disk::Folder;
use super::index::Index;
use super::record::BucketRecord;
use super::upload::Uploads;
use crate::failures::Failure;

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Versioning {
    /// Versioning was never enabled.
    #[default]
    Never,
    /// Every write makes a version.
    Enabled,
    /// Versions are kept, and writes make the version `null`.
    Suspended,
}

impl Versioning {
    /// The status as the API spells it; nothing if versioning was never enabled.
    pub fn status(self) -> Option<&'static str> {
        match self {
            Self::Never => None,
            Self::Enabled => Some("Enabled"),
            Self::Suspended => Some("Suspended"),
        }
    }
}

/// What a bucket is made with.
#[derive(Clone, Debug)]
pub(crate) struct BucketSettings {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) owner: String,
    pub(crate) created: i64,
    pub(crate) versioning: Versioning,
    pub(crate) public_endpoint_forbidden: bool,
}

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    settings: BucketSettings,
    pub(super) common: Arc<Common>,
    pub(super) folder: Option<Folder>,
    state: RwLock<State>,
}

/// What changes in a bucket.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) versioning: Versioning,
    pub(crate) acl: String,
    pub(crate) index: Index,
    pub(crate) uploads: Uploads,
    /// The bucket was deleted while a request held on to it.
    retired: bool,
}

impl Bucket {
    pub(super) fn create(settings: BucketSettings, common: Arc<Common>, folder: Option<Folder>) -> io::Result<Self> {
        let state = State { versioning: settings.versioning, acl: "private".into(), ..State::default() };
        let bucket = Self { settings, common, folder, state: RwLock::new(state) };
        bucket.save(&bucket.read())?;
        Ok(bucket)
    }

    pub(super) fn load(root: PathBuf, common: Arc<Common>) -> io::Result<Self> {
        let record = Folder::bucket(&root)?;
        let folder = Folder::open(root)?;
        let contents = folder.load()?;
        let mut state = State { versioning: record.versioning, acl: record.acl, ..State::default() };
        for (key, version) in contents.versions {
            common.sequence.fetch_max(version.sequence + 1, Ordering::SeqCst);
            let entry = state.index.entry(&key);
            // A crash between writing a version and removing the one it replaces leaves both.
            let replaced = entry.versions.iter().position(|old| old.id == version.id);
            if let Some(position) = replaced {
                folder.drop_version(&entry.versions.remove(position))?;
            }
            entry.versions.push(Arc::new(version));
        }
        for upload in contents.uploads {
            state.uploads.insert(upload);
        }
        let settings = BucketSettings {
            name: record.name,
            region: record.region,
            owner: record.owner,
            created: record.created,
            versioning: record.versioning,
            public_endpoint_forbidden: record.public_endpoint_forbidden,
        };
        Ok(Self { settings, common, folder: Some(folder), state: RwLock::new(state) })
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(crate) fn region(&self) -> &str {
        &self.settings.region
    }

    pub(crate) fn owner(&self) -> &str {
        &self.settings.owner
    }

    pub(crate) fn created(&self) -> i64 {
        self.settings.created
    }

    pub(crate) fn public_endpoint_forbidden(&self) -> bool {
        self.settings.public_endpoint_forbidden
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For changes; refused once the bucket is deleted.
    pub(crate) fn write(&self) -> Result<RwLockWriteGuard<'_, State>, Failure> {
        let state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.retired { Err(Failure::no_such_bucket(self.name())) } else { Ok(state) }
    }

    pub(crate) fn versioning(&self) -> Versioning {
        self.read().versioning
    }

    pub(crate) fn set_versioning(&self, versioning: Versioning) -> Result<(), Failure> {
        let mut state = self.write()?;
        state.versioning = versioning;
        self.save(&state).map_err(broken)
    }

    pub(crate) fn set_acl(&self, acl: &str) -> Result<(), Failure> {
        let mut state = self.write()?;
        acl.clone_into(&mut state.acl);
        self.save(&state).map_err(broken)
    }

    /// Takes the bucket out of use if nothing is in it; says whether it did.
    pub(super) fn retire(&self) -> io::Result<bool> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.index.is_empty() || !state.uploads.is_empty() {
            return Ok(false);
        }
        state.retired = true;
        if let Some(folder) = &self.folder {
            folder.delete()?;
        }
        Ok(true)
    }

    /// Moves a body to disk, if this bucket is on disk.
    pub(crate) async fn settle(self: &Arc<Self>, body: Body) -> Result<Body, Failure> {
        if self.folder.is_none() {
            return Ok(body);
        }
        let bucket = self.clone();
        let written = tokio::task::spawn_blocking(move || bucket.settle_now(body)).await;
        written.map_err(|error| Failure::internal(error.to_string()))?
    }

    /// The same, on this thread.
    pub(crate) fn settle_now(&self, body: Body) -> Result<Body, Failure> {
        match &self.folder {
            Some(folder) => folder.store(&body).map_err(broken),
            None => Ok(body),
        }
    }

    pub(super) fn next_sequence(&self) -> u64 {
        self.common.sequence.fetch_add(1, Ordering::SeqCst)
    }

    fn save(&self, state: &State) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        folder.save_bucket(&BucketRecord {
            name: self.settings.name.clone(),
            region: self.settings.region.clone(),
            owner: self.settings.owner.clone(),
            created: self.settings.created,
            versioning: state.versioning,
            acl: state.acl.clone(),
            public_endpoint_forbidden: self.settings.public_endpoint_forbidden,
        })
    }
}

/// The emulator's disk failed.
pub(super) fn broken(error: io::Error) -> Failure {
    Failure::internal(format!("The emulator's storage failed: {error}"))
}
