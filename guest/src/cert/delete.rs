//! Deletes a file, or a directory with everything below it.

use super::storage::Storage;
use super::together::{SetRule, is_index, is_reserved};
use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::{Guard, ListFrom, ListRequest, MAX_BATCH, MAX_KEYS};
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// Removes a file, or a directory with everything below it. Not an error if neither exists. 2 requests for a file;
    /// for a directory one listing and one batch delete for each 1000 objects, including one with the directory's own
    /// name, and one more batch delete for each 1000 sets in it.
    ///
    /// # Errors
    /// When something may be left, which the error names, and anything a request can fail with.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        self.delete_in(key, None).await
    }

    /// Removes a file or directory, which OSS performs only within a window of its own time.
    pub(crate) async fn delete_in(&self, key: &str, guard: Option<Guard<'_>>) -> Result<(), Error> {
        let (normal, object) = self.object(key)?;
        // A key of the greatest length has nothing below it.
        let Ok(prefix) = self.client.settings().root.directory(Some(&normal)) else {
            return self.client.delete_object_in(key, &object, guard).await.map(drop);
        };
        let mut continuation = None;
        let mut first = true;
        // Remove the indexes last: without them, the values that interrupted sets replace would be valid again. There
        // is one index for each set.
        let mut indexes = Vec::new();
        loop {
            let page = self
                .client
                .list_objects(&ListRequest {
                    key: Some(key),
                    prefix: &prefix,
                    one_level: false,
                    from: ListFrom::page(continuation.as_ref()),
                    max_keys: MAX_KEYS,
                })
                .await?;
            let root = &self.client.settings().root;
            let is_data = |name: &String| root.strip(name).is_none_or(|key| !self.locks.owns(key));
            let listed = page.objects.into_iter().map(|object| object.name).filter(is_data);
            let is_kept = self.keeps(SetRule::DirectoryKeepsIndex);
            let of_set =
                |name: &String| root.strip(name).is_some_and(|key| is_kept && is_reserved(key) && is_index(key));
            let (kept, names): (Vec<_>, Vec<_>) = listed.partition(of_set);
            indexes.extend(kept.into_iter().filter_map(ObjectName::listed));
            let mut names: Vec<_> = names.into_iter().filter_map(ObjectName::listed).collect();
            if first && names.is_empty() && indexes.is_empty() && page.next.is_none() {
                return self.client.delete_object_in(key, &object, guard).await.map(drop);
            }
            first = false;
            // The last batch includes the file of the same name. A file system could not have both, but OSS can.
            let last = page.next.is_none();
            if last && names.len() < MAX_BATCH {
                names.push(object.clone());
            }
            if !names.is_empty() {
                self.client.delete_objects_in(key, &names, guard).await?;
            }
            if last {
                if !names.contains(&object) {
                    self.client.delete_object_in(key, &object, guard).await?;
                }
                break;
            }
            continuation = page.next;
        }
        for indexes in indexes.chunks(MAX_BATCH) {
            self.client.delete_objects_in(key, indexes, guard).await?;
        }
        Ok(())
    }
}
