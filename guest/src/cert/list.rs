//! Listing a directory.

use super::storage::{Storage, invalid};
use super::tree::Tree;
use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::oss::{ListRequest, MAX_KEYS};
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// The keys below a directory in byte order; an empty prefix is the whole storage. 1 request for each 1000 entries, and
    /// 1 more when there are none.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is neither a file nor a directory of that name, and anything a request can fail
    /// with. No part of a listing is ever given out as the whole.
    pub async fn list(&self, prefix: &str, recursive: bool) -> Result<Vec<String>, Error> {
        let directory = Key::parse_prefix(prefix).map_err(|problem| invalid(prefix, problem))?;
        if directory.as_ref().is_some_and(|key| self.locks.owns(key.as_str())) {
            return Err(Error::new(
                ErrorKind::InvalidKey,
                prefix,
                "the folder is that of locks, and locks are no data",
            ));
        }
        let root = &self.client.settings().root;
        let below = root.directory(directory.as_ref()).map_err(|problem| invalid(prefix, problem))?;
        let own = directory.as_ref().map(|key| [key.as_str(), "/"].concat()).unwrap_or_default();
        let mut tree = Tree::new(&own);
        let mut continuation: Option<String> = None;
        let mut is_empty = true;
        loop {
            let page = self
                .client
                .list_objects(&ListRequest {
                    key: Some(prefix),
                    prefix: &below,
                    one_level: !recursive,
                    continuation: continuation.as_deref(),
                    max_keys: MAX_KEYS,
                })
                .await?;
            is_empty &= page.objects.is_empty() && page.prefixes.is_empty();
            let names = page.objects.iter().map(|object| object.name.as_str());
            for name in names.chain(page.prefixes.iter().map(String::as_str)) {
                if let Some(name) = root.strip(name).filter(|name| !self.locks.owns(name)) {
                    tree.add(name);
                }
            }
            if page.next.is_none() {
                break;
            }
            // OSS never gives one token twice; something that does would keep us here for ever.
            if page.next == continuation {
                let message = "ListObjectsV2: OSS gave the same continuation token twice";
                return Err(Error::new(ErrorKind::Corrupt, prefix, message));
            }
            continuation = page.next;
        }
        if is_empty && let Some(key) = &directory {
            // A file has nothing below it; anything else is not there.
            let object = root.object(key).map_err(|problem| invalid(prefix, problem))?;
            self.client.head_object(prefix, &object).await?;
        }
        Ok(tree.into_keys())
    }
}
