//! Everything below a directory, from a flat listing.

use std::rc::Rc;

use super::driver::{Driver, Inner, not_found, unsupported};
use super::error::DriverError;
use super::path::{Path, path_of};
use super::stat::FileInfo;
use crate::oss::{ListRequest, Listed, ListedObject, MAX_KEYS};
use crate::ports::Ports;

/// A walk that goes on page by page.
pub struct Walk<P> {
    inner: Rc<Inner<P>>,
    path: String,
    prefix: String,
    /// Names up to this one are left out.
    after: String,
    /// The name before: directories that it is in were told.
    previous: String,
    next: Next,
}

/// How a walk goes on.
enum Next {
    Page(Listed),
    Token(String),
    End,
}

impl<P: Ports> Driver<P> {
    /// Begins a walk: everything below a directory in the byte order of objects' names, each directory right before what is
    /// in it. 1 request for each 1000 objects, the first at once.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::NotFound`] when there is nothing below it, but never for `/` nor with a `start_after`;
    /// [`crate::error::ErrorKind::Unsupported`] when `start_after` is not below it; and anything a request can fail with.
    pub async fn walk(&self, path: &str, start_after: Option<&str>) -> Result<Walk<P>, DriverError> {
        let parsed = Path::parse_directory(path)?;
        let Some(prefix) = parsed.prefix(self.0.root()) else { return Err(not_found(path)) };
        let after = match start_after {
            None => String::new(),
            Some(after) => Path::parse(after)?.object(self.0.root())?.as_str().to_owned(),
        };
        if !after.is_empty() && !after.starts_with(&prefix) {
            return Err(unsupported(path, format!("{:?} is not below the path", start_after.unwrap_or_default())));
        }
        let mut walk = Walk {
            inner: self.0.clone(),
            path: path.to_owned(),
            prefix,
            previous: after.clone(),
            after,
            next: Next::End,
        };
        let first = walk.fetch(None).await?;
        if first.objects.is_empty() && start_after.is_none() && !parsed.is_root() {
            return Err(not_found(path));
        }
        walk.next = Next::Page(first);
        Ok(walk)
    }
}

impl<P: Ports> Walk<P> {
    /// The next entries, which may be none of this page's; `None` after the last.
    ///
    /// # Errors
    /// Anything a request can fail with. What came before is not everything then.
    pub async fn page(&mut self) -> Result<Option<Vec<FileInfo>>, DriverError> {
        let page = match std::mem::replace(&mut self.next, Next::End) {
            Next::Page(page) => page,
            Next::Token(token) => match self.fetch(Some(&token)).await {
                Ok(page) => page,
                Err(error) => {
                    self.next = Next::Token(token);
                    return Err(error);
                }
            },
            Next::End => return Ok(None),
        };
        let mut entries = Vec::with_capacity(page.objects.len());
        for object in page.objects {
            self.add(object, &mut entries);
        }
        self.next = page.next.map_or(Next::End, Next::Token);
        Ok(Some(entries))
    }

    async fn fetch(&self, continuation: Option<&str>) -> Result<Listed, DriverError> {
        let request = ListRequest {
            key: Some(&self.path),
            prefix: &self.prefix,
            one_level: false,
            continuation,
            max_keys: MAX_KEYS,
        };
        Ok(self.inner.client.list_objects_after(&request, &self.after).await?)
    }

    fn add(&mut self, object: ListedObject, entries: &mut Vec<FileInfo>) {
        let root = self.inner.root();
        let below = object.name.get(self.prefix.len()..).unwrap_or_default();
        for (at, _) in below.match_indices('/') {
            let end = self.prefix.len() + at;
            let (Some(name), Some(inside)) = (object.name.get(..end), object.name.get(..=end)) else { break };
            // What no path names has nothing below it that a path could name.
            let Some(path) = path_of(root, name) else { break };
            if !self.previous.starts_with(inside) && self.after != name {
                entries.push(FileInfo::directory(path));
            }
        }
        if let Some(path) = path_of(root, &object.name) {
            entries.push(FileInfo { path, size: object.size, modified: object.modified, is_dir: false });
        }
        self.previous = object.name;
    }
}
