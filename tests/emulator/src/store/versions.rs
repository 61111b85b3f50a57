//! Reading, writing and deleting versions, as the bucket's versioning has it.

use std::sync::Arc;

use super::bucket::{Bucket, State, Versioning, broken};
use super::object::{Content, Metadata, NULL_VERSION, Version};
use crate::failures::Failure;

/// Why there is no object to read.
#[derive(Debug)]
pub(crate) enum Missing {
    /// No such key.
    Key,
    /// The current version is this delete marker.
    Deleted(Arc<Version>),
    /// The version that was asked for is a delete marker.
    Marker(Arc<Version>),
    /// No such version.
    Version,
}

/// What a deletion did.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    /// The version that was removed, or the marker that was made.
    pub(crate) version: Option<Arc<str>>,
    /// Whether that version is a delete marker.
    pub(crate) marker: bool,
}

impl Bucket {
    /// The current version of an object, or the one of that id.
    pub(crate) fn find(&self, key: &str, id: Option<&str>) -> Result<Arc<Version>, Missing> {
        let state = self.read();
        let entry = state.index.get(key);
        match (entry, id) {
            (None, None) => Err(Missing::Key),
            (None, Some(_)) => Err(Missing::Version),
            (Some(entry), None) => match entry.current() {
                Some(version) if version.is_marker() => Err(Missing::Deleted(version.clone())),
                Some(version) => Ok(version.clone()),
                None => Err(Missing::Key),
            },
            (Some(entry), Some(id)) => match entry.version(id) {
                Some(version) if version.is_marker() => Err(Missing::Marker(version.clone())),
                Some(version) => Ok(version.clone()),
                None => Err(Missing::Version),
            },
        }
    }

    /// Stores an object. With `forbid`, which is the EC to answer, only where there is none.
    pub(crate) fn put(
        &self,
        key: &str,
        content: Content,
        now: i64,
        forbid: Option<&'static str>,
    ) -> Result<Arc<Version>, Failure> {
        let mut state = self.write()?;
        check_forbidden(&state, key, forbid)?;
        self.insert(&mut state, key, Some(content), now)
    }

    /// Whether a write with `forbid` would be refused now.
    pub(crate) fn check_forbidden(&self, key: &str, forbid: Option<&'static str>) -> Result<(), Failure> {
        check_forbidden(&self.read(), key, forbid)
    }

    /// Makes a version the current one.
    pub(super) fn insert(
        &self,
        state: &mut State,
        key: &str,
        content: Option<Content>,
        now: i64,
    ) -> Result<Arc<Version>, Failure> {
        let id = match state.settings.versioning {
            Versioning::Enabled => self.common.ids.version(),
            Versioning::Never | Versioning::Suspended => NULL_VERSION.to_owned(),
        };
        self.insert_as(state, key, &id, content, now)
    }

    /// Makes a version of that id the current one, in place of the one that had the id.
    pub(super) fn insert_as(
        &self,
        state: &mut State,
        key: &str,
        id: &str,
        content: Option<Content>,
        now: i64,
    ) -> Result<Arc<Version>, Failure> {
        let version = Version { id: id.into(), modified: now, sequence: self.next_sequence(), content };
        if let Some(folder) = &self.folder {
            folder.save_version(key, &version, None).map_err(broken)?;
        }
        let version = Arc::new(version);
        self.remove(state, key, &version.id, true)?;
        state.index.entry(key).versions.push(version.clone());
        Ok(version)
    }

    /// Takes a version away for good, or one of the same id that was `replaced`.
    fn remove(&self, state: &mut State, key: &str, id: &str, replaced: bool) -> Result<Option<Arc<Version>>, Failure> {
        let Some(entry) = state.index.get_mut(key) else { return Ok(None) };
        let Some(position) = entry.versions.iter().position(|version| &*version.id == id) else { return Ok(None) };
        if let Some(folder) = &self.folder {
            folder.drop_version(&entry.versions[position], replaced).map_err(broken)?;
        }
        let removed = entry.versions.remove(position);
        state.index.prune(key);
        Ok(Some(removed))
    }

    /// Deletes an object, or a version of it. What is not there is deleted already.
    pub(crate) fn delete(&self, key: &str, id: Option<&str>, now: i64) -> Result<Deleted, Failure> {
        let mut state = self.write()?;
        if let Some(id) = id {
            let removed = self.remove(&mut state, key, id, false)?;
            let marker = removed.is_some_and(|version| version.is_marker());
            return Ok(Deleted { version: Some(id.into()), marker });
        }
        if state.settings.versioning == Versioning::Never {
            self.remove(&mut state, key, NULL_VERSION, false)?;
            return Ok(Deleted::default());
        }
        let marker = self.insert(&mut state, key, None, now)?;
        Ok(Deleted { version: Some(marker.id.clone()), marker: true })
    }

    /// Changes what is known of a version besides its bytes; its time stays.
    pub(crate) fn amend(&self, key: &str, found: &Version, change: impl FnOnce(&mut Metadata)) -> Result<(), Failure> {
        let mut state = self.write()?;
        let Some(entry) = state.index.get_mut(key) else { return Err(Failure::no_such_key(key)) };
        let Some(slot) = entry.versions.iter_mut().find(|version| version.sequence == found.sequence) else {
            return Err(Failure::no_such_key(key));
        };
        let mut changed = Version::clone(slot);
        if let Some(content) = &mut changed.content {
            change(Arc::make_mut(&mut content.metadata));
        }
        if let Some(folder) = &self.folder {
            folder.save_version(key, &changed, Some(slot)).map_err(broken)?;
        }
        *slot = Arc::new(changed);
        Ok(())
    }
}

/// `x-oss-forbid-overwrite` counts for nothing once a bucket has been versioned, even if that is suspended now.
/// (OSS documentation: PutObject.)
pub(super) fn check_forbidden(state: &State, key: &str, forbid: Option<&'static str>) -> Result<(), Failure> {
    let Some(ec) = forbid else { return Ok(()) };
    if state.settings.versioning != Versioning::Never {
        return Ok(());
    }
    match state.index.get(key).and_then(|entry| entry.current()) {
        Some(version) if !version.is_marker() => Err(Failure::already_exists(ec, key)),
        _ => Ok(()),
    }
}
