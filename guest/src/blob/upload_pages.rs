//! OSS's list of the uploads for a path and everything below it, page by page. It includes objects whose names are not
//! paths.

use std::rc::Rc;

use super::driver::Inner;
use super::error::DriverError;
use super::path::Path;
use crate::error::Error;
use crate::oss::{ListedUpload, UploadsRequest};
use crate::ports::Ports;

/// The list.
pub(super) struct UploadPages<P> {
    inner: Rc<Inner<P>>,
    /// The path, for errors.
    path: String,
    /// The name of the path's own object; `None` for `/`.
    own: Option<String>,
    /// The prefix of the names of all objects below the path; `None` if there can't be any.
    below: Option<String>,
    next: Option<Next>,
    /// The `Date` of the last response, in seconds since 1970.
    date: Option<u64>,
}

/// Where the next page begins.
struct Next {
    prefix: String,
    /// The last upload of the page before.
    after: Option<ListedUpload>,
}

impl<P: Ports> UploadPages<P> {
    pub(super) fn new(inner: &Rc<Inner<P>>, path: Path<'_>) -> Result<Self, DriverError> {
        let own = if path.is_root() { None } else { Some(path.object(inner.root())?.as_str().to_owned()) };
        let below = path.prefix(inner.root());
        // The path's own name comes first, then names of siblings (`a-b`), then everything below it.
        let prefix = own.clone().or_else(|| below.clone()).unwrap_or_default();
        let next = Some(Next { prefix, after: None });
        Ok(Self { inner: inner.clone(), path: path.as_str().to_owned(), own, below, next, date: None })
    }

    /// The next uploads, at least one and at most 1000; `None` after the last. After a failure, the call can be
    /// repeated.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<ListedUpload>>, Error> {
        while let Some(Next { prefix, after }) = &self.next {
            let request = UploadsRequest { key: Some(&self.path), prefix, after: after.as_ref() };
            let page = self.inner.client.list_uploads(&request).await?;
            self.date = page.date;
            let last = page.uploads.last().filter(|_| page.is_truncated).cloned();
            self.next = last.and_then(|last| self.next_after(last));
            let (own, below) = (self.own.as_deref(), self.below.as_deref());
            let is_wanted = |name: &str| own == Some(name) || below.is_some_and(|below| name.starts_with(below));
            let wanted: Vec<_> = page.uploads.into_iter().filter(|upload| is_wanted(&upload.name)).collect();
            if !wanted.is_empty() {
                return Ok(Some(wanted));
            }
        }
        Ok(None)
    }

    /// The `Date` of the last response, in seconds since 1970.
    pub(super) fn date(&self) -> Option<u64> {
        self.date
    }

    /// Where to continue after the last upload of a page.
    fn next_after(&self, last: ListedUpload) -> Option<Next> {
        match (&self.own, &self.below) {
            (Some(own), _) if *own == last.name => Some(Next { prefix: own.clone(), after: Some(last) }),
            (_, Some(below)) if last.name.starts_with(below) => Some(Next { prefix: below.clone(), after: Some(last) }),
            // Skip the siblings in between.
            (_, Some(below)) if last.name < *below => Some(Next { prefix: below.clone(), after: None }),
            _ => None,
        }
    }
}
