//! Uploads in several requests.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::bucket::{Begun, MemoryTenant, not_found};
use crate::ports::{ContentError, Publishing, StorageError, StorageErrorKind, Upload, WrittenFile};

/// An upload.
#[derive(Debug)]
pub struct MemoryUpload {
    tenant: MemoryTenant,
    id: String,
}

impl MemoryUpload {
    pub(super) fn new(tenant: MemoryTenant, id: String) -> Self {
        Self { tenant, id }
    }

    fn begun(&self) -> Result<Begun, StorageError> {
        self.tenant.state().uploads.get(&self.id).cloned().ok_or_else(|| not_found(&self.id))
    }
}

impl Upload for MemoryUpload {
    async fn id(&self) -> Result<String, StorageError> {
        Ok(self.id.clone())
    }

    async fn size(&self) -> Result<u64, StorageError> {
        Ok(self.begun()?.content.len() as u64)
    }

    async fn write<C>(&mut self, mut content: C) -> Result<(), StorageError>
    where
        C: Stream<Item = Result<Bytes, ContentError>> + Unpin,
    {
        self.tenant.call("upload-write").await?;
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(|error| StorageError::new(StorageErrorKind::BrokenContent, error.to_string()))?;
            let mut state = self.tenant.state();
            let begun = state.uploads.get_mut(&self.id).ok_or_else(|| not_found(&self.id))?;
            begun.content.extend_from_slice(&piece);
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        self.tenant.call("upload-close").await
    }

    async fn cancel(&mut self) -> Result<(), StorageError> {
        self.tenant.call("upload-cancel").await?;
        self.tenant.state().uploads.remove(&self.id);
        Ok(())
    }

    async fn commit(&mut self, publishing: Publishing) -> Result<WrittenFile, StorageError> {
        self.tenant.call("upload-commit").await?;
        let Begun { path, content, content_type } = self.begun()?;
        let file = self.tenant.publish(&path, content.into(), content_type, publishing)?;
        self.tenant.state().uploads.remove(&self.id);
        Ok(file)
    }
}
