//! Uploads that were neither committed nor cancelled. An interrupted push leaves them, and they are billed until
//! someone removes them.

use super::checkpoint;
use super::driver::Driver;
use super::error::{DriverError, MAX_LEFT, PathFailure, Reason};
use super::path::{Path, path_of};
use super::upload_pages::UploadPages;
use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::{Deleted, Guard, ListFrom, ListRequest, ListedUpload, MAX_KEYS};
use crate::ports::Ports;

/// An upload that was neither committed nor cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadInfo {
    /// The path that the upload is for.
    pub path: String,
    /// OSS's id of the upload.
    pub upload_id: String,
    /// When the upload was initiated, in seconds since 1970.
    pub initiated: u64,
}

/// The outcome of removing objects and uploads.
#[derive(Debug, Default)]
pub(super) struct RemovalOutcome {
    /// The objects and uploads that could not be removed.
    pub(super) left: Vec<PathFailure>,
    /// The latest `Date` of the responses, in seconds since 1970.
    pub(super) date: Option<u64>,
}

/// A list of uploads that is fetched page by page.
pub struct Uploads<P> {
    driver: Driver<P>,
    pages: UploadPages<P>,
    /// The first page. It is fetched when the list is opened, because the response shows OSS's time.
    first: Option<Vec<ListedUpload>>,
    /// The `Date` of the first response, in seconds since 1970.
    date: Option<u64>,
    /// Uploads that were initiated after this second are left out.
    latest: u64,
}

impl<P: Ports> Uploads<P> {
    /// The next uploads, at most 1000; `None` after the last.
    ///
    /// # Errors
    /// Anything a request can fail with. The pages before are then not the whole list, and the call can be repeated.
    pub async fn page(&mut self) -> Result<Option<Vec<UploadInfo>>, DriverError> {
        loop {
            let page = match self.first.take() {
                Some(page) => page,
                None => match self.pages.next().await? {
                    Some(page) => page,
                    None => return Ok(None),
                },
            };
            let old = page.into_iter().filter(|upload| upload.initiated <= self.latest);
            let old: Vec<_> = old.filter_map(|upload| self.driver.info(upload)).collect();
            if !old.is_empty() {
                return Ok(Some(old));
            }
        }
    }

    /// The `Date` of OSS's first response, in seconds since 1970.
    pub fn date(&self) -> Option<u64> {
        self.date
    }
}

impl<P: Ports> Driver<P> {
    /// The uploads for a path and everything below it that were initiated at least `older_than` seconds ago. Uploads
    /// for objects whose names are not paths are left out. 1 request for each 1000, as they are read.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::InvalidKey`], and anything a request can fail with.
    pub async fn list_uploads(&self, path: &str, older_than: u64) -> Result<Uploads<P>, DriverError> {
        let mut pages = UploadPages::new(&self.0, Path::parse_directory(path)?)?;
        let first = pages.next().await?;
        let latest = self.seconds_ago(older_than);
        Ok(Uploads { driver: self.clone(), date: pages.date(), first, pages, latest })
    }

    /// Aborts these uploads and no others, and removes their checkpoints. An upload that does not exist any more is not
    /// an error.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::InvalidKey`], and then nothing was sent; [`Reason::Left`] if some could not be
    /// removed; and anything a request can fail with.
    pub async fn remove_uploads(&self, uploads: Vec<UploadInfo>) -> Result<(), DriverError> {
        let listed = uploads.into_iter().map(|upload| {
            let object = self.file(&upload.path)?;
            let UploadInfo { upload_id, initiated, .. } = upload;
            Ok(ListedUpload { name: object.as_str().to_owned(), upload_id, initiated })
        });
        let listed: Vec<_> = listed.collect::<Result<_, DriverError>>()?;
        let RemovalOutcome { left, .. } = self.abort_all("/", &listed, None).await?;
        if left.is_empty() { Ok(()) } else { Err(DriverError::new("/", Reason::Left(left))) }
    }

    /// Removes checkpoints that are at least `older_than` seconds old and whose upload does not exist any more because
    /// something else than a driver ended it. Returns how many were removed. 1 request for each 1000 checkpoints, and
    /// for each of these 1 for each 1000 uploads and 1 to remove them.
    ///
    /// # Errors
    /// [`Reason::Left`] if some could not be removed, and anything a request can fail with.
    pub async fn remove_orphans(&self, older_than: u64) -> Result<u64, DriverError> {
        let prefix = checkpoint::directory(self.0.root());
        let mut continuation = None;
        let mut removed = 0;
        loop {
            let request = ListRequest {
                key: None,
                prefix: &prefix,
                one_level: false,
                from: ListFrom::page(continuation.as_ref()),
                max_keys: MAX_KEYS,
            };
            let page = self.0.client.list_objects(&request).await?;
            let latest = self.seconds_ago(older_than);
            let old = page
                .objects
                .into_iter()
                .filter(|checkpoint| checkpoint.modified <= latest)
                .map(|checkpoint| checkpoint.name);
            let orphans = self.orphans_among(old.collect(), &prefix).await?;
            let orphans: Vec<_> = orphans.filter_map(ObjectName::listed).collect();
            if !orphans.is_empty() {
                let RemovalOutcome { left, .. } = self.delete_all("/", &orphans, None).await?;
                if !left.is_empty() {
                    return Err(DriverError::new("/", Reason::Left(left)));
                }
                removed += orphans.len() as u64;
            }
            continuation = page.next;
            if continuation.is_none() {
                return Ok(removed);
            }
        }
    }

    /// The names of checkpoints whose uploads do not exist any more, out of these names, which are sorted.
    async fn orphans_among(
        &self,
        names: Vec<String>,
        prefix: &str,
    ) -> Result<impl Iterator<Item = String> + use<P>, DriverError> {
        let mut is_needed = vec![false; names.len()];
        if !names.is_empty() {
            let mut uploads = UploadPages::new(&self.0, Path::parse_directory("/")?)?;
            while let Some(page) = uploads.next().await? {
                for upload in page {
                    let id = |name: &String| name.strip_prefix(prefix).unwrap_or_default().cmp(&upload.upload_id);
                    if let Some(needed) = names.binary_search_by(id).ok().and_then(|at| is_needed.get_mut(at)) {
                        *needed = true;
                    }
                }
            }
        }
        Ok(names.into_iter().zip(is_needed).filter(|(_, is_needed)| !is_needed).map(|(name, _)| name))
    }

    /// Aborts uploads and removes their checkpoints; returns those that could not be removed.
    pub(super) async fn abort_all(
        &self,
        path: &str,
        uploads: &[ListedUpload],
        guard: Option<Guard<'_>>,
    ) -> Result<RemovalOutcome, DriverError> {
        let client = &self.0.client;
        let mut left = Vec::new();
        let mut checkpoints = Vec::new();
        for upload in uploads {
            let Some(object) = ObjectName::listed(upload.name.clone()) else { continue };
            match client.abort_upload_in(path, &object, &upload.upload_id, guard).await {
                Ok(_) => checkpoints.extend(checkpoint::name(self.0.root(), &upload.upload_id)),
                Err(error) => left.push(self.failure(&upload.name, error)),
            }
            if left.len() >= MAX_LEFT {
                break;
            }
        }
        let mut date = None;
        if !checkpoints.is_empty() {
            let outcome = self.delete_all(path, &checkpoints, guard).await?;
            left.extend(outcome.left);
            date = outcome.date;
        }
        Ok(RemovalOutcome { left, date })
    }

    /// Removes objects; returns those that could not be removed.
    pub(super) async fn delete_all(
        &self,
        path: &str,
        objects: &[ObjectName],
        guard: Option<Guard<'_>>,
    ) -> Result<RemovalOutcome, DriverError> {
        let Deleted { left, failure, date } = self.0.client.delete_objects_each(path, objects, guard).await;
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        let left = left.into_iter().map(|(name, error)| self.failure(&name, error)).collect();
        Ok(RemovalOutcome { left, date })
    }

    /// The failure to remove an object.
    pub(super) fn failure(&self, name: &str, error: Error) -> PathFailure {
        PathFailure { path: self.path_or_name(name), error }
    }

    /// The time `older_than` seconds ago, by OSS's clock if that is known. With 0, a time in the future, so that a
    /// clock that differs from OSS's leaves nothing out.
    fn seconds_ago(&self, older_than: u64) -> u64 {
        if older_than == 0 {
            return u64::MAX;
        }
        u64::try_from(self.0.client.moment().unix()).unwrap_or(0).saturating_sub(older_than)
    }

    fn info(&self, upload: ListedUpload) -> Option<UploadInfo> {
        let path = path_of(self.0.root(), upload.name)?;
        Some(UploadInfo { path, upload_id: upload.upload_id, initiated: upload.initiated })
    }

    /// The path of an object, or `/` and its name if that is not a path.
    fn path_or_name(&self, name: &str) -> String {
        ["/", self.0.root().strip(name).unwrap_or(name)].concat()
    }
}
