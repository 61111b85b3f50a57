//! A content on its way into a file.

use super::calls::{Result as Told, failure};
use super::error::BlobError;
use super::inflow::Outlet;
use crate::bindings::types;
use crate::instance::{Call, Guest};
use crate::patience::Patience;
use std::fmt;
use std::sync::Arc;

/// Writes a content into a file at an offset.
pub(super) struct WriteStream {
    pub(super) path: String,
    pub(super) offset: i64,
    pub(super) size_hint: Option<u64>,
    pub(super) outlet: Outlet,
}

impl Call for WriteStream {
    const OPERATION: &'static str = "write-stream";
    type Output = Told<u64>;

    fn key(&self) -> &str {
        &self.path
    }

    fn patience(&self) -> Patience {
        Patience::Stream(Arc::clone(&self.outlet.pulse))
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    async fn run(self, guest: Guest<'_>) -> wasmtime::Result<Result<Self::Output, types::Error>> {
        let Self { path, offset, size_hint, outlet } = self;
        let (content, end) = outlet.open(guest.accessor)?;
        let (accessor, driver) = (guest.accessor, guest.storage);
        let written = guest.blobs()?.call_write_stream(accessor, driver, path, offset, content, end, size_hint).await?;
        Ok(Ok(written.map_err(BlobError::from)))
    }
}
