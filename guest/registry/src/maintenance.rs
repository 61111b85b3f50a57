//! Maintenance by an operator, beside the requests of clients: checks, lists, removal and garbage collection.

use std::time::Duration;

use crate::catalog::LARGEST_LIMIT;
use crate::check::{self, CheckOptions, CheckReport, Finding};
use crate::failure::Failure;
use crate::gc::{self, CollectError, Collector, PurgeReport, UntaggedReport};
use crate::name::RepositoryName;
use crate::ports::{Ports, StorageError};
use crate::reference::Reference;
use crate::registry::Registry;

impl<P: Ports> Registry<P> {
    /// Checks the layout in the bucket, and passes each problem to `on_finding` as it is found: before this registry
    /// replaces another one, or at any other time. It writes nothing. Requests: 1 for each 1000 files, for each 1000
    /// uploads in parts, for each tag and manifest of each repository, for each link whose length is not that of its
    /// digest, and for whatever seems to be missing; with hashes 1 for each blob.
    ///
    /// # Errors
    /// When a request fails: then it is not known what else there is.
    pub async fn check(
        &self,
        options: CheckOptions,
        on_finding: impl FnMut(Finding),
    ) -> Result<CheckReport, StorageError> {
        check::check(self.storage(), options, on_finding).await
    }

    /// The repositories that have blobs or manifests, in the order of OSS's listing, in which `a-b` comes before `a`. At most 1
    /// request for each repository, and fewer where repositories are small.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn repositories(&self) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let (page, more) = self.page_of_repositories(names.last().map(String::as_str), LARGEST_LIMIT).await?;
            names.extend(page);
            if !more {
                return Ok(names);
            }
        }
    }

    /// The tags of a repository, in byte order. 1 request for each 1000, and 1 or 2 more where there are none.
    ///
    /// # Errors
    /// When there is no such repository, or a request fails.
    pub async fn tags(&self, name: &RepositoryName) -> Result<Vec<String>, Failure> {
        Ok(self.page_of_tags(name, None, None).await?.0)
    }

    /// Removes a tag, and leaves its manifest; or a manifest, and the tags that name it. Its blobs are left to a collection.
    /// Whether clients may delete does not matter. Requests: for a tag 1 to list and 1 to delete for each 1000 manifests that it
    /// ever named, and 1; for a manifest 4, 1 where it has a subject, 2 for each 1000 files of tags, 1 for each tag that names
    /// or named it, and 2 for each that is removed.
    ///
    /// # Errors
    /// When there is no such tag or manifest, this registry is read-only, or a request fails. Calling it again continues.
    pub async fn remove(&self, name: &RepositoryName, reference: &Reference) -> Result<(), Failure> {
        if self.options().read_only {
            return Err(Failure::read_only());
        }
        self.delete_reference(name, reference).await
    }

    /// A collector of content that no manifest names. Any process may run one at any time, concurrently with pushes and
    /// with other collectors; one that runs repeatedly should be kept, since it learns how much time it needs.
    pub fn collector(&self) -> Collector<'_, P::Storage, P::Environment> {
        Collector::new(self.storage(), self.environment(), self.options().gc)
    }

    /// Removes uploads that were not used for so long, in their folders and as uploads to OSS, or only reports them. 1
    /// request for each 1000 files in repositories, for each 1000 uploads to OSS, for each 1000 files that are removed,
    /// and 2 for each upload to OSS that is aborted. The usual age is [`ABANDONED`](gc::ABANDONED).
    ///
    /// # Errors
    /// When a request fails. Calling it again continues.
    pub async fn purge_uploads(&self, unused_for: Duration, dry_run: bool) -> Result<PurgeReport, StorageError> {
        gc::purge(self.storage(), unused_for.as_secs(), dry_run).await
    }

    /// Deletes the manifests that no tag refers to, neither directly, nor as part of an index, nor as a referrer of a
    /// manifest that is kept; or only reports them. A collection then removes their blobs. Requests: 1 for each 1000
    /// files in repositories, for each tag, for each manifest, and for each 1000 files to delete.
    ///
    /// # Errors
    /// [`CollectError::NotReadOnly`] unless this registry is read-only, as every process with this bucket must be: what is
    /// tagged meanwhile could be deleted. Otherwise when something can't be read.
    pub async fn delete_untagged(&self, dry_run: bool) -> Result<UntaggedReport, CollectError> {
        if !self.options().read_only {
            return Err(CollectError::NotReadOnly);
        }
        gc::delete_untagged(self.storage(), &self.options().gc, dry_run).await
    }
}
