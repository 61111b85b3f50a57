//! Listings that continue from page to page.

use crate::ports::{Depth, ListRequest, Page, Storage, StorageError};

/// How many entries OSS lists in one page.
const OSS_PAGE: u16 = 1000;

/// The pages of a listing. Each takes 1 request.
pub(crate) struct Pages<'a, S> {
    storage: &'a S,
    directory: String,
    depth: Depth,
    /// The next page has what sorts after this.
    start_after: Option<String>,
    is_over: bool,
}

impl<'a, S: Storage> Pages<'a, S> {
    /// Every file below a directory.
    pub fn below(storage: &'a S, directory: String) -> Self {
        Self { storage, directory, depth: Depth::All, start_after: None, is_over: false }
    }

    /// The files and directories directly in a directory.
    pub fn children(storage: &'a S, directory: String) -> Self {
        Self { depth: Depth::Children, ..Self::below(storage, directory) }
    }

    /// Leaves out what sorts up to and including this path, and what was listed already.
    pub fn skip_to(&mut self, path: String) {
        if self.start_after.as_ref().is_none_or(|start| *start < path) {
            self.start_after = Some(path);
        }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// As a request may fail. The same page is asked for again then.
    pub async fn next(&mut self) -> Result<Option<Page>, StorageError> {
        if self.is_over {
            return Ok(None);
        }
        let (directory, depth) = (self.directory.as_str(), self.depth);
        let start_after = self.start_after.as_deref();
        let mut page = self.storage.list(ListRequest { directory, depth, start_after, limit: OSS_PAGE }).await?;
        match page.next.take() {
            Some(next) => self.start_after = Some(next),
            None => self.is_over = true,
        }
        Ok(Some(page))
    }

    /// The directory.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// Whether the last page was read.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Up to where the pages have come, as the listing sorts.
    pub fn reached(&self) -> &str {
        self.start_after.as_deref().unwrap_or_default()
    }
}
