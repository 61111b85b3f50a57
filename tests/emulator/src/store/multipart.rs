//! The steps of an upload before it is completed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bucket::{Bucket, broken};
use super::object::Metadata;
use super::upload::{Part, Upload};
use crate::failures::Failure;

impl Bucket {
    /// Begins an upload; the object of that key, if any, is not touched.
    pub(crate) fn initiate(
        &self,
        key: &str,
        metadata: Arc<Metadata>,
        sequential: bool,
        now: i64,
    ) -> Result<String, Failure> {
        let mut state = self.write()?;
        let id = self.common.ids.upload();
        let upload = Upload {
            id: id.clone(),
            key: key.to_owned(),
            initiated: now,
            sequential,
            metadata,
            parts: BTreeMap::new(),
        };
        if let Some(folder) = &self.folder {
            folder.save_upload(&upload).map_err(broken)?;
        }
        state.uploads.insert(upload);
        Ok(id)
    }

    /// Adds a part, in place of the one that had its number.
    pub(crate) fn add_part(&self, key: &str, id: &str, part: Part) -> Result<(), Failure> {
        let mut state = self.write()?;
        let Some(upload) = state.uploads.get_mut(key, id) else {
            return Err(Failure::no_such_upload("0042-00000104", id));
        };
        let expected = upload.parts.last_key_value().map_or(1, |(last, _)| last + 1);
        if upload.sequential && part.number > expected {
            return Err(Failure::part_not_sequential(part.number));
        }
        if let Some(folder) = &self.folder {
            let before = upload.parts.get(&part.number).map(|part| &**part);
            folder.save_part(id, &part, before).map_err(broken)?;
        }
        upload.parts.insert(part.number, Arc::new(part));
        Ok(())
    }

    /// Forgets an upload and its parts.
    pub(crate) fn abort(&self, key: &str, id: &str) -> Result<(), Failure> {
        let mut state = self.write()?;
        let Some(upload) = state.uploads.get(key, id) else {
            return Err(Failure::no_such_upload("0042-00000002", id));
        };
        if let Some(folder) = &self.folder {
            folder.drop_upload(upload).map_err(broken)?;
        }
        state.uploads.remove(key, id);
        Ok(())
    }

    /// What is known of an upload, if there is such a one; `ec` is the one to answer if there is not.
    pub(crate) fn check_upload(&self, key: &str, id: &str, ec: &'static str) -> Result<Arc<Metadata>, Failure> {
        match self.read().uploads.get(key, id) {
            Some(upload) => Ok(upload.metadata.clone()),
            None => Err(Failure::no_such_upload(ec, id)),
        }
    }
}
