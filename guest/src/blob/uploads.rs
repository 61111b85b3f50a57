//! Uploads that were neither committed nor cancelled: what an interrupted push leaves, and what is billed until someone
//! removes it.

use super::driver::Driver;
use super::error::{DriverError, PathFailure, Reason};
use super::path::{Path, path_of};
use super::tail;
use crate::key::ObjectName;
use crate::oss::{ListRequest, ListedUpload, MAX_KEYS, UploadsRequest};
use crate::ports::Ports;

/// An upload that was neither committed nor cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadInfo {
    /// The path it is for.
    pub path: String,
    /// OSS's id of it.
    pub upload_id: String,
    /// When it was begun, in seconds since 1970.
    pub initiated: u64,
}

impl<P: Ports> Driver<P> {
    /// The uploads for a path and everything below it that were begun at least so many seconds ago. 1 request for each
    /// 1000.
    ///
    /// # Errors
    /// Anything a request can fail with.
    pub async fn list_uploads(&self, path: &str, older_than: u64) -> Result<Vec<UploadInfo>, DriverError> {
        let uploads = self.uploads_of(Path::parse_directory(path)?).await?;
        let latest = self.before(older_than);
        let old = uploads.into_iter().filter(|upload| upload.initiated <= latest);
        Ok(old.filter_map(|upload| self.info(upload)).collect())
    }

    /// Aborts those uploads and tells which. What earlier ones left in the way of kept tails goes as well, with `/`.
    ///
    /// # Errors
    /// [`Reason::Left`] when some are left, and anything a request can fail with.
    pub async fn remove_uploads(&self, path: &str, older_than: u64) -> Result<Vec<UploadInfo>, DriverError> {
        let parsed = Path::parse_directory(path)?;
        let all = self.uploads_of(parsed).await?;
        let latest = self.before(older_than);
        let (old, young): (Vec<_>, Vec<_>) = all.into_iter().partition(|upload| upload.initiated <= latest);
        if parsed.is_root() {
            self.remove_orphans(latest, &old, &young).await?;
        }
        let left = self.abort_all(path, &old).await?;
        if left.is_empty() {
            return Ok(old.into_iter().filter_map(|upload| self.info(upload)).collect());
        }
        Err(DriverError::new(path, Reason::Left(left)))
    }

    /// Every upload for a path and everything below it.
    pub(super) async fn uploads_of(&self, path: Path<'_>) -> Result<Vec<ListedUpload>, DriverError> {
        let root = self.0.root();
        let below = path.prefix(root);
        // The path's own name comes before everything below it, and names of siblings in between.
        let own = if path.is_root() { None } else { Some(path.object(root)?) };
        let prefix = own.as_ref().map_or(below.as_deref().unwrap_or_default(), |own| own.as_str());
        let mut found = Vec::new();
        let mut last: Option<ListedUpload> = None;
        loop {
            let request = UploadsRequest { key: Some(path.as_str()), prefix, after: last.as_ref() };
            let page = self.0.client.list_uploads(&request).await?;
            last = page.uploads.last().cloned();
            found.extend(page.uploads.into_iter().filter(|upload| {
                own.as_ref().is_some_and(|own| own.as_str() == upload.name)
                    || below.as_ref().is_some_and(|below| upload.name.starts_with(below.as_str()))
            }));
            if !page.is_truncated {
                return Ok(found);
            }
        }
    }

    /// Aborts uploads and removes what is kept beside them; tells those that are left.
    pub(super) async fn abort_all(
        &self,
        path: &str,
        uploads: &[ListedUpload],
    ) -> Result<Vec<PathFailure>, DriverError> {
        let client = &self.0.client;
        let mut left = Vec::new();
        let mut tails = Vec::new();
        for upload in uploads {
            let Some(object) = ObjectName::listed(upload.name.clone()) else { continue };
            match client.abort_upload(path, &object, &upload.upload_id).await {
                Ok(_) => tails.extend(tail::name(self.0.root(), &upload.upload_id)),
                Err(error) => left.push(PathFailure { path: self.any_path(&upload.name), error }),
            }
        }
        if !tails.is_empty() {
            left.extend(self.delete_all(path, &tails).await?);
        }
        Ok(left)
    }

    /// Removes objects; tells those that are left.
    pub(super) async fn delete_all(&self, path: &str, objects: &[ObjectName]) -> Result<Vec<PathFailure>, DriverError> {
        let left = self.0.client.delete_objects_each(path, objects, None).await?;
        Ok(left.into_iter().map(|(name, error)| PathFailure { path: self.any_path(&name), error }).collect())
    }

    /// Removes tails that no upload needs any more: a process that ended between two requests leaves them.
    async fn remove_orphans(
        &self,
        latest: u64,
        old: &[ListedUpload],
        young: &[ListedUpload],
    ) -> Result<(), DriverError> {
        let prefix = tail::directory(self.0.root());
        let mut continuation: Option<String> = None;
        loop {
            let request = ListRequest {
                key: None,
                prefix: &prefix,
                one_level: false,
                continuation: continuation.as_deref(),
                max_keys: MAX_KEYS,
            };
            let page = self.0.client.list_objects(&request).await?;
            let is_needed = |name: &str| {
                let id = name.strip_prefix(&prefix).unwrap_or_default();
                old.iter().chain(young).any(|upload| upload.upload_id == id)
            };
            let orphans = page.objects.into_iter().filter(|tail| tail.modified <= latest && !is_needed(&tail.name));
            let orphans: Vec<_> = orphans.filter_map(|tail| ObjectName::listed(tail.name)).collect();
            if !orphans.is_empty() {
                let left = self.delete_all("/", &orphans).await?;
                if !left.is_empty() {
                    return Err(DriverError::new("/", Reason::Left(left)));
                }
            }
            continuation = page.next;
            if continuation.is_none() {
                return Ok(());
            }
        }
    }

    /// So many seconds ago, by OSS's clock where it is known. Where the age does not matter the clocks do not either: OSS's
    /// may be a little ahead.
    fn before(&self, older_than: u64) -> u64 {
        if older_than == 0 {
            return u64::MAX;
        }
        u64::try_from(self.0.client.moment().unix()).unwrap_or(0).saturating_sub(older_than)
    }

    fn info(&self, upload: ListedUpload) -> Option<UploadInfo> {
        let path = path_of(self.0.root(), &upload.name)?;
        Some(UploadInfo { path, upload_id: upload.upload_id, initiated: upload.initiated })
    }

    /// The path of an object, also of one whose name is none.
    fn any_path(&self, name: &str) -> String {
        ["/", self.0.root().strip(name).unwrap_or(name)].concat()
    }
}
