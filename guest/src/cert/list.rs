//! Lists a directory.

use super::storage::{Storage, invalid, refuse_reserved};
use super::tree::{KeyListing, ListedValue, MAX_LISTING, TooLarge, Tree};
use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::oss::{ListFrom, ListRequest, MAX_KEYS};
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// The keys below a directory in byte order, with sizes and times; an empty prefix lists the whole storage. 1
    /// request for each 1000 entries, and 1 more if there are none.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is neither a file nor a directory of that name; [`ErrorKind::Unsupported`] if
    /// the entries take more than 16 MiB; and anything a request can fail with. A partial listing is never returned as
    /// a complete one.
    pub async fn list(&self, prefix: &str, recursive: bool) -> Result<KeyListing, Error> {
        let directory = Key::parse_prefix(prefix).map_err(|problem| invalid(prefix, problem))?;
        if directory.as_ref().is_some_and(|key| self.locks.owns(key.as_str())) {
            return Err(Error::new(
                ErrorKind::InvalidKey,
                prefix,
                "the folder is that of locks, and locks are no data",
            ));
        }
        if let Some(key) = &directory {
            refuse_reserved(prefix, key.as_str())?;
        }
        let root = &self.client.settings().root;
        let below = match (root.directory(directory.as_ref()), &directory) {
            (Ok(below), _) => below,
            // A key of the greatest length has nothing below it.
            (Err(_), Some(key)) => return self.nothing_below(prefix, key).await,
            (Err(problem), None) => return Err(invalid(prefix, problem)),
        };
        let own = directory.as_ref().map(|key| [key.as_str(), "/"].concat()).unwrap_or_default();
        let mut tree = Tree::new(&own);
        let mut continuation = None;
        let mut is_empty = true;
        loop {
            let page = self
                .client
                .list_objects(&ListRequest {
                    key: Some(prefix),
                    prefix: &below,
                    one_level: !recursive,
                    from: ListFrom::page(continuation.as_ref()),
                    max_keys: MAX_KEYS,
                })
                .await?;
            is_empty &= page.objects.is_empty() && page.prefixes.is_empty();
            let objects = page.objects.into_iter().map(|object| {
                let value = ListedValue { size: self.listed_size(object.size), modified: object.modified };
                (object.name, Some(value))
            });
            for (name, value) in objects.chain(page.prefixes.into_iter().map(|prefix| (prefix, None))) {
                let Some(name) = root.below(name).filter(|name| !self.locks.owns(name)) else { continue };
                tree.add(name, value).map_err(|TooLarge| {
                    let message =
                        format!("the listing is larger than {MAX_LISTING} bytes: list what is below, one by one");
                    Error::new(ErrorKind::Unsupported, prefix, message)
                })?;
            }
            if page.next.is_none() {
                break;
            }
            continuation = page.next;
        }
        match &directory {
            Some(key) if is_empty => self.nothing_below(prefix, key).await,
            _ => Ok(tree.into_listing()),
        }
    }

    /// Checks that an empty directory is in fact a file, which has nothing below it; otherwise it does not exist.
    async fn nothing_below(&self, prefix: &str, key: &Key) -> Result<KeyListing, Error> {
        let object = self.client.settings().root.object(key).map_err(|problem| invalid(prefix, problem))?;
        self.client.head_object(prefix, &object).await?;
        Ok(KeyListing::default())
    }
}
