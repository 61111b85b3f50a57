//! Checks the blobs.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Check, Finding};
use crate::digest::Digest;
use crate::gc::Item;
use crate::hash::Hasher;
use crate::layout;
use crate::links::found;
use crate::pages::Pages;
use crate::ports::{ByteRange, Storage, StorageError};

/// How many blobs are read concurrently: enough to use the network, and few enough for the permits of a tenant.
const AT_ONCE: usize = 4;

impl<S: Storage, F: FnMut(Finding)> Check<'_, S, F> {
    /// Lists the blobs, and compares their digests if requested.
    pub(super) async fn blobs(&mut self) -> Result<(), StorageError> {
        let storage = self.storage;
        let mut pages = Pages::below(storage, layout::blobs());
        while let Some(page) = pages.next().await? {
            let mut listed = Vec::new();
            for entry in page.entries {
                match (Item::parse(&entry.path), entry.file) {
                    (Item::Blob(digest), Some((size, _))) => {
                        self.report.blobs += 1;
                        self.report.bytes += size;
                        self.blobs.insert(&digest, size);
                        listed.push(digest);
                    }
                    _ => self.found(Finding::StrayFile { path: entry.path }),
                }
            }
            if self.options.hashes {
                let mut wrong =
                    stream::iter(listed).map(|digest| async move { computed(storage, digest).await }).buffered(AT_ONCE);
                while let Some((digest, computed)) = wrong.try_next().await? {
                    // If a blob was removed since it was listed, it was garbage.
                    if let Some(computed) = computed.filter(|computed| *computed != digest) {
                        self.found(Finding::WrongContent { digest, computed });
                    }
                }
            }
        }
        Ok(())
    }
}

/// The digest of the content that is stored for a digest; `None` if there is none.
async fn computed<S: Storage>(storage: &S, digest: Digest) -> Result<(Digest, Option<Digest>), StorageError> {
    let Some(mut opened) = found(storage.open(&layout::blob(&digest), ByteRange::Whole).await)? else {
        return Ok((digest, None));
    };
    let mut hasher = Hasher::new(digest.algorithm());
    while let Some(piece) = opened.content.next().await {
        hasher.update(&piece?);
    }
    Ok((digest, Some(hasher.digest())))
}
