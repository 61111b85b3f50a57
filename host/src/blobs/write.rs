//! A content on its way into a file.

use super::conditions::WriteOptions;
use super::error::BlobError;
use super::into_component::FromCaller;
use super::operations::{Result as BlobResult, failure, identify};
use super::pieces::place;
use super::state::WrittenFile;
use crate::call::TimeLimit;
use crate::engine::Interface;
use crate::error::CallIds;
use crate::instance::{Guest, Needs, Operation, Place};
use crate::wit::types;
use std::fmt;
use std::sync::Arc;

/// Writes a content into a file at an offset.
pub(super) struct WriteStream {
    pub(super) path: String,
    pub(super) offset: u64,
    pub(super) size_hint: Option<u64>,
    pub(super) options: WriteOptions,
    pub(super) from_caller: FromCaller,
}

impl Operation for WriteStream {
    const OPERATION: &'static str = "write-stream";
    const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
    type Output = BlobResult<(u64, WrittenFile)>;

    fn key(&self) -> &str {
        &self.path
    }

    fn needs(&self) -> Needs {
        Needs::Upload(Arc::clone(&self.from_caller.upload))
    }

    fn admitted(&mut self) {
        self.from_caller.admitted();
    }

    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Stream(Arc::clone(&self.from_caller.pulse))
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    fn identify(output: &mut Self::Output, ids: &CallIds) {
        identify(output, ids);
    }

    async fn run(self, guest: Guest<'_>) -> wasmtime::Result<Result<Self::Output, types::Error>> {
        let Self { path, offset, size_hint, options, from_caller } = self;
        let cut = from_caller.cut();
        let (content, end) = from_caller.open(guest.accessor)?;
        let function = guest.blobs()?.func_write_stream();
        let parameters = (guest.storage, path.clone(), place(offset), content, end, size_hint, options.into_wit());
        let (written,) = guest.invoke(function, parameters).await?;
        Ok(Ok(match cut.failure(&path) {
            Some(failure) => Err(failure),
            None => written.map(|(count, written)| (count, written.into())).map_err(BlobError::from),
        }))
    }
}
