//! Everything below a directory, in upstream's order.
//!
//! Upstream returns each directory's children in the order of their names, each followed by its own content: `/lib` and
//! its content come before `/lib-x`. Its paging depends on that. OSS lists names in byte order, where `-` and `.` come
//! before `/`, and offers no other order. So the objects of a flat listing are sorted into upstream's order
//! ([`order`]). Objects that the content of a directory must still precede are held back ([`traversal`]), nearly always
//! only until the next page, so a walk takes 1 request for each 1000 objects. Directories are derived from the names
//! ([`entries`]).

mod entries;
mod order;
#[cfg(test)]
mod tests;
mod traversal;

use std::rc::Rc;

use self::entries::Entries;
use self::traversal::{Next, Traversal};
use super::driver::{Driver, Inner, not_found};
use super::error::DriverError;
use super::path::{Path, below, directory_of};
use super::stat::FileInfo;
use crate::key::MAX_OBJECT_NAME;
use crate::oss::{Continuation, ListFrom, ListRequest, ListedObject, MAX_KEYS};
use crate::ports::Ports;

/// A walk whose entries are fetched page by page.
pub struct Walk<P> {
    inner: Rc<Inner<P>>,
    path: String,
    traversal: Traversal,
    entries: Entries,
    /// Where the last page ended, if the listing has more pages.
    continuation: Option<Continuation>,
}

impl<P: Ports> Driver<P> {
    /// Begins a walk over everything below a directory: the children of each directory in the byte order of their
    /// names, each directory followed by its content. 1 request for each 1000 objects, the first immediately. If more
    /// than 2000 objects come between a directory and its content in OSS's order, as `lib-1`, `lib-2` and so on do for
    /// `lib`, the directory takes 1 request more, and listing these objects again up to 3.
    ///
    /// `start_after` may be any string; paths up to and including it in that order are left out.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`] if there is nothing below the path, but never for `/` nor with a
    /// `start_after`; and anything a request can fail with.
    pub async fn walk(&self, path: &str, start_after: Option<&str>) -> Result<Walk<P>, DriverError> {
        let parsed = Path::parse_directory(path)?;
        let below = if parsed.is_root() { "/".to_owned() } else { [path, "/"].concat() };
        let (is_continued, start_after) = (start_after.is_some(), start_after.unwrap_or_default());
        // The first slash of a path is the last byte of the root.
        let longest = MAX_OBJECT_NAME + 1 - directory_of(self.0.root()).len();
        let mut walk = Walk {
            inner: self.0.clone(),
            path: path.to_owned(),
            // If no object below the path could have a name, there is nothing to list.
            traversal: match parsed.prefix(self.0.root()) {
                Some(_) => Traversal::new(below.clone(), start_after, longest),
                None => Traversal::empty(),
            },
            entries: Entries::new(below.len(), start_after),
            continuation: None,
        };
        let is_empty = match walk.traversal.next() {
            Next::List => walk.fetch().await?,
            Next::Object(_) | Next::End => true,
        };
        if is_empty && !is_continued && !parsed.is_root() {
            return Err(not_found(path));
        }
        Ok(walk)
    }
}

impl<P: Ports> Walk<P> {
    /// The next entries, at most 1000 and about 256 KiB; `None` after the last.
    ///
    /// # Errors
    /// Anything a request can fail with. The entries before are then not complete, and the call can be repeated.
    pub async fn page(&mut self) -> Result<Option<Vec<FileInfo>>, DriverError> {
        loop {
            let piece = self.entries.piece(&mut self.traversal);
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
            match self.traversal.next() {
                Next::List => {
                    self.fetch().await?;
                }
                Next::Object(object) => self.entries.set_object(object),
                Next::End => return Ok(None),
            }
        }
    }

    /// Fetches the next page. Returns whether it was empty and the last one.
    async fn fetch(&mut self) -> Result<bool, DriverError> {
        let root = self.inner.root();
        let directory = directory_of(root);
        let object = |path: &str| [directory.as_str(), path.strip_prefix('/').unwrap_or(path)].concat();
        let prefix = object(self.traversal.region());
        let after = object(self.traversal.after());
        let request = ListRequest {
            key: Some(&self.path),
            prefix: &prefix,
            one_level: false,
            from: match &self.continuation {
                Some(continuation) if self.traversal.is_where_the_page_ended() => ListFrom::Page(continuation),
                _ if after > prefix => ListFrom::After(&after),
                _ => ListFrom::Start,
            },
            max_keys: MAX_KEYS,
        };
        let page = self.inner.client.list_objects(&request).await?;
        let is_empty = page.objects.is_empty() && page.next.is_none();
        // Replace each name by its path, even if that is not a valid path.
        let by_path = |object: ListedObject| Some(ListedObject { name: below(root, object.name)?, ..object });
        let objects = page.objects.into_iter().filter_map(by_path).collect();
        self.traversal.add_page(objects, page.next.is_none());
        self.continuation = page.next;
        Ok(is_empty)
    }
}
