//! Pages of directories: the host's mirrors of `page-options` and `directory-page` of the WIT.

use super::info::FileInfo;
use crate::moment::moment;
use crate::wit::blob_driver as wit;
use std::time::SystemTime;

/// Which page of a directory is listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageOptions {
    /// Everything below the directory instead of what is directly in it.
    pub recursive: bool,
    /// Leaves out the entries up to and including this string, which is compared with their paths, a directory's with `/` at
    /// its end. Any string will do.
    pub start_after: Option<String>,
    /// The most entries, 1 to 1000. Default 1000.
    pub limit: Option<u32>,
}

impl PageOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether everything below the directory is listed.
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }

    /// Leaves out the entries up to and including this string.
    pub fn start_after(mut self, start_after: impl Into<Option<String>>) -> Self {
        self.start_after = start_after.into();
        self
    }

    /// The most entries.
    pub fn limit(mut self, entries: u32) -> Self {
        self.limit = Some(entries);
        self
    }

    pub(super) fn into_wit(self) -> wit::PageOptions {
        wit::PageOptions { recursive: self.recursive, start_after: self.start_after, limit: self.limit }
    }
}

/// A page of what is in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryPage {
    /// The entries in the byte order of their paths, a directory's with `/` at its end. Recursive: files alone. What no path
    /// names is left out.
    pub entries: Vec<FileInfo>,
    /// Where to go on, as the next `start_after`; none where nothing follows.
    pub next: Option<String>,
    /// When OSS answered, by its own clock; none where it stated none.
    pub date: Option<SystemTime>,
}

impl From<wit::DirectoryPage> for DirectoryPage {
    fn from(page: wit::DirectoryPage) -> Self {
        let entries = page.entries.into_iter().map(FileInfo::from).collect();
        Self { entries, next: page.next, date: page.date.map(moment) }
    }
}
