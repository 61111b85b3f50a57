//! Deleting a file, or a directory with everything below it.

use super::storage::Storage;
use crate::error::Error;
use crate::key::ObjectName;
use crate::oss::{ListRequest, MAX_BATCH, MAX_KEYS};
use crate::ports::Ports;

impl<P: Ports> Storage<P> {
    /// Removes a file, or a directory with everything below it. Fine when nothing is there. 2 requests for a file; for a
    /// directory one listing and one batch delete for each 1000 objects, counting one of the directory's own name.
    ///
    /// # Errors
    /// When something may be left, naming it, and anything a request can fail with.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        let (normal, object) = self.object(key)?;
        // A key of the greatest length has nothing below it.
        let Ok(prefix) = self.client.settings().root.directory(Some(&normal)) else {
            return self.client.delete_object(key, &object).await;
        };
        let mut continuation: Option<String> = None;
        let mut first = true;
        loop {
            let page = self
                .client
                .list_objects(&ListRequest {
                    key: Some(key),
                    prefix: &prefix,
                    one_level: false,
                    continuation: continuation.as_deref(),
                    max_keys: MAX_KEYS,
                })
                .await?;
            let mut names: Vec<_> =
                page.objects.into_iter().filter_map(|object| ObjectName::listed(object.name)).collect();
            if first && names.is_empty() && page.next.is_none() {
                return self.client.delete_object(key, &object).await;
            }
            first = false;
            // The last batch takes along the file of the same name, which a file system could not have but OSS can.
            let last = page.next.is_none();
            if last && names.len() < MAX_BATCH {
                names.push(object.clone());
            }
            self.client.delete_objects(key, &names).await?;
            if last {
                return if names.contains(&object) { Ok(()) } else { self.client.delete_object(key, &object).await };
            }
            continuation = page.next;
        }
    }
}
