//! A call whose result streams out of the component, entry by entry.

use super::error::BlobError;
use super::operations::{Result as BlobResult, failure, identify};
use super::out_of_component::{Ended, ToCaller};
use super::pieces::Entry;
use crate::call::TimeLimit;
use crate::engine::Interface;
use crate::error::CallIds;
use crate::instance::{Guest, Needs, Operation, Place};
use crate::wit::blob_driver::DriverError;
use crate::wit::types;
use std::fmt;
use std::sync::Arc;
use wasmtime::component::{FutureReader, StreamReader};

/// What begins a stream: what comes before it, the stream, and what the component says of its end.
pub(super) type Begun<O> =
    (<O as StreamExport>::Head, StreamReader<<<O as StreamExport>::Entry as Entry>::Wit>, FutureReader<Ended>);

/// An export of the component that gives out a stream, with its arguments.
pub(super) trait StreamExport: Send + 'static {
    const OPERATION: &'static str;

    /// How many bytes it holds in the instance.
    const HELD: u64;

    /// What the stream has.
    type Entry: Entry;

    /// What comes before the stream.
    type Head: Send + 'static;

    /// What it is about, for logs and errors.
    fn path(&self) -> &str;

    /// Calls the export.
    fn open(self, guest: Guest<'_>) -> impl Future<Output = wasmtime::Result<Result<Begun<Self>, DriverError>>> + Send
    where
        Self: Sized;
}

/// A call whose result streams out of the component.
pub(super) struct Outgoing<O: StreamExport> {
    pub(super) export: O,
    pub(super) to_caller: ToCaller<Vec<O::Entry>, O::Head>,
}

impl<O: StreamExport> Operation for Outgoing<O> {
    const OPERATION: &'static str = O::OPERATION;
    const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
    type Output = BlobResult<()>;

    fn key(&self) -> &str {
        self.export.path()
    }

    fn needs(&self) -> Needs {
        Needs::Download { bytes: O::HELD }
    }

    fn admitted(&mut self) {
        // The component's time counts from here.
        self.to_caller.pulse.components_turn();
    }

    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Stream(Arc::clone(&self.to_caller.pulse))
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    fn identify(output: &mut Self::Output, ids: &CallIds) {
        identify(output, ids);
    }

    async fn run(self, guest: Guest<'_>) -> wasmtime::Result<Result<Self::Output, types::Error>> {
        let Self { export, to_caller } = self;
        let path = export.path().to_owned();
        Ok(Ok(match export.open(guest).await? {
            Ok((head, stream, ended)) => to_caller.drain(&path, head, guest.accessor, stream, ended).await?,
            Err(error) => Err(BlobError::from(error)),
        }))
    }
}
