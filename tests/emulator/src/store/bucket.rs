//! A bucket: its settings, and under one lock its keys and its uploads.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

use super::Common;
use super::body::Body;
use super::damage::DataError;
use super::disk::{Folder, count_version};
use super::files::Files;
use super::index::Index;
use super::loading::{self, Chores};
use super::record::{BucketRecord, count};
use super::spool::Spool;
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
    /// Of objects that name none.
    pub(crate) storage_class: String,
    /// `LRS` or `ZRS`.
    pub(crate) redundancy: String,
    /// `private` if it names none.
    pub(crate) acl: Option<String>,
    /// The settings that it begins with.
    pub(crate) documents: BTreeMap<String, String>,
}

impl Default for BucketSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            region: String::new(),
            owner: String::new(),
            created: 0,
            versioning: Versioning::Never,
            public_endpoint_forbidden: false,
            storage_class: "Standard".into(),
            redundancy: "LRS".into(),
            acl: None,
            documents: BTreeMap::new(),
        }
    }
}

impl BucketSettings {
    /// Those of a bucket that blocks public access.
    pub(crate) fn blocked() -> Self {
        let block = "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>";
        Self { documents: BTreeMap::from([(PUBLIC_ACCESS_BLOCK.to_owned(), block.to_owned())]), ..Self::default() }
    }

    /// Whether it is to block public access.
    pub(crate) fn blocks_public(&self) -> bool {
        blocks_public(&self.documents)
    }
}

/// The sub-resource of the block of public access.
pub(crate) const PUBLIC_ACCESS_BLOCK: &str = "publicAccessBlock";

fn blocks_public(documents: &BTreeMap<String, String>) -> bool {
    let block = documents.get(PUBLIC_ACCESS_BLOCK);
    block.is_some_and(|document| document.contains("<BlockPublicAccess>true</BlockPublicAccess>"))
}

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    settings: BucketSettings,
    pub(super) common: Arc<Common>,
    pub(super) folder: Option<Folder>,
    state: RwLock<State>,
}

/// The settings of a bucket that a client can change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Changeable {
    pub(crate) versioning: Versioning,
    pub(crate) acl: String,
    /// Documents that are kept as they are, by the name of their sub-resource.
    #[serde(default)]
    pub(crate) documents: BTreeMap<String, String>,
}

impl Changeable {
    /// Whether public access to the bucket is blocked.
    pub(crate) fn blocks_public(&self) -> bool {
        blocks_public(&self.documents)
    }
}

/// What changes in a bucket.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) settings: Changeable,
    pub(crate) index: Index,
    pub(crate) uploads: Uploads,
    /// Records of the bucket were set aside, so it is not empty even if it seems to be.
    set_aside: bool,
    /// The bucket was deleted while a request held on to it.
    retired: bool,
}

impl Bucket {
    pub(super) fn create(
        settings: BucketSettings,
        common: Arc<Common>,
        root: Option<(PathBuf, Files)>,
    ) -> io::Result<Self> {
        let changeable = Changeable {
            versioning: settings.versioning,
            acl: settings.acl.clone().unwrap_or_else(|| "private".into()),
            documents: settings.documents.clone(),
        };
        let state = State { settings: changeable, ..State::default() };
        let folder = match root {
            Some((root, files)) => Some(Folder::create(root, &record(&settings, &state.settings), files)?),
            None => None,
        };
        Ok(Self { settings, common, folder, state: RwLock::new(state) })
    }

    /// Reads a bucket's folder, in which nothing changes before the chores are run.
    pub(super) fn load(folder: Folder, record: BucketRecord, common: Arc<Common>) -> Result<(Self, Chores), DataError> {
        let contents = loading::contents(&folder)?;
        let mut state = State { settings: record.changeable, ..State::default() };
        for (key, version) in contents.versions {
            common.sequence.fetch_max(version.sequence + 1, Ordering::SeqCst);
            count_version(&version, true);
            state.index.entry(&key).versions.push(Arc::new(version));
        }
        for upload in contents.uploads {
            upload.parts.values().for_each(|part| count(&part.body, true));
            state.uploads.insert(upload);
        }
        state.set_aside = contents.chores.doubt();
        let settings = BucketSettings {
            name: record.name,
            region: record.region,
            owner: record.owner,
            created: record.created,
            versioning: state.settings.versioning,
            public_endpoint_forbidden: record.public_endpoint_forbidden,
            storage_class: record.storage_class,
            redundancy: record.redundancy,
            acl: None,
            documents: BTreeMap::new(),
        };
        Ok((Self { settings, common, folder: Some(folder), state: RwLock::new(state) }, contents.chores))
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(crate) fn region(&self) -> &str {
        &self.settings.region
    }

    pub(crate) fn storage_class(&self) -> &str {
        &self.settings.storage_class
    }

    pub(crate) fn redundancy(&self) -> &str {
        &self.settings.redundancy
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
        self.read().settings.versioning
    }

    pub(crate) fn set_versioning(&self, versioning: Versioning) -> Result<(), Failure> {
        self.change(|changed| changed.versioning = versioning)
    }

    pub(crate) fn set_acl(&self, acl: &str) -> Result<(), Failure> {
        self.change(|changed| acl.clone_into(&mut changed.acl))
    }

    /// Takes the bucket out of use if nothing is in it; says whether it did.
    pub(super) fn retire(&self) -> io::Result<bool> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.index.is_empty() || !state.uploads.is_empty() || state.set_aside {
            return Ok(false);
        }
        if let Some(folder) = &self.folder {
            folder.delete()?;
        }
        state.retired = true;
        Ok(true)
    }

    /// Takes the bytes of an object or a part as they come.
    pub(crate) fn spool(&self) -> Spool {
        self.folder.as_ref().map_or_else(Spool::default, |folder| Spool::to_disk(folder.bodies.clone(), false))
    }

    /// Takes the bytes of an append as they come; few of them stay in memory until [`Bucket::append`] has a place.
    pub(crate) fn spool_append(&self) -> Spool {
        self.folder.as_ref().map_or_else(Spool::default, |folder| Spool::to_disk(folder.bodies.clone(), true))
    }

    /// Moves a body to disk, if this bucket is on disk.
    pub(crate) fn settle(&self, body: Body) -> Result<Body, Failure> {
        match &self.folder {
            Some(folder) => folder.bodies.store(&body).map_err(broken),
            None => Ok(body),
        }
    }

    pub(super) fn next_sequence(&self) -> u64 {
        self.common.sequence.fetch_add(1, Ordering::SeqCst)
    }

    /// Changes settings. A failure leaves them as they were.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Changeable)) -> Result<(), Failure> {
        let mut state = self.write()?;
        let mut changed = state.settings.clone();
        change(&mut changed);
        if let Some(folder) = &self.folder {
            folder.save_bucket(&record(&self.settings, &changed)).map_err(broken)?;
        }
        state.settings = changed;
        Ok(())
    }
}

fn record(settings: &BucketSettings, changeable: &Changeable) -> BucketRecord {
    BucketRecord {
        name: settings.name.clone(),
        region: settings.region.clone(),
        owner: settings.owner.clone(),
        created: settings.created,
        changeable: changeable.clone(),
        public_endpoint_forbidden: settings.public_endpoint_forbidden,
        storage_class: settings.storage_class.clone(),
        redundancy: settings.redundancy.clone(),
    }
}

/// The emulator's disk failed.
pub(super) fn broken(error: io::Error) -> Failure {
    Failure::internal(format!("The emulator's storage failed: {error}"))
}
