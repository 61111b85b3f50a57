//! The calls of a writer, and the one that begins it.

use super::caller::Done;
use super::error::BlobError;
use super::into_component::FromCaller;
use super::operations::{Result as BlobResult, failure, identify};
use super::start::{WriterOptions, WriterStart};
use super::state::WrittenFile;
use super::stored::StoredContent;
use crate::admission::Upload;
use crate::call::TimeLimit;
use crate::engine::Interface;
use crate::error::CallIds;
use crate::instance::{Guest, InstancePermit, Needs, Operation, Order, Place};
use crate::tenant::Tenant;
use crate::wit::blob_driver as wit;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};
use wasmtime::component::ResourceAny;

/// A writer of the component's, which keeps its instance alive. Wherever this is dropped, the component drops the writer.
pub(super) struct KeptWriter {
    resource: ResourceAny,
    /// Taken when it is dropped.
    stay: Option<Arc<InstancePermit>>,
}

impl KeptWriter {
    fn new(resource: ResourceAny, stay: InstancePermit) -> Self {
        Self { resource, stay: Some(Arc::new(stay)) }
    }

    /// Its stay in the instance. None while it is being dropped.
    pub(super) fn stay(&self) -> Option<Arc<InstancePermit>> {
        self.stay.clone()
    }
}

impl std::ops::Drop for KeptWriter {
    fn drop(&mut self) {
        let Some(stay) = self.stay.take() else { return };
        let order = Box::new(DropWriter { resource: self.resource, _stay: Arc::clone(&stay) });
        // Where the instance is gone, so is the writer in it.
        stay.order(order);
    }
}

/// A writer and what its calls share. The writer is dropped with the last handle.
pub(super) struct WriterHandle {
    pub(super) tenant: Tenant,
    pub(super) path: String,
    pub(super) writer: KeptWriter,
    pub(super) upload: Arc<Upload>,
    /// A writer does one thing at a time, even when nobody waits for it any more.
    pub(super) turn: Arc<Mutex<()>>,
}

impl WriterHandle {
    fn resource(&self) -> ResourceAny {
        self.writer.resource
    }
}

/// Opens a new writer, or one that continues an upload.
pub(super) struct OpenWriter {
    pub(super) path: String,
    pub(super) start: WriterStart,
    pub(super) options: WriterOptions,
    /// What it becomes.
    pub(super) upload: Arc<Upload>,
}

impl Operation for OpenWriter {
    const OPERATION: &'static str = "writer";
    const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
    type Output = BlobResult<KeptWriter>;

    fn key(&self) -> &str {
        &self.path
    }

    fn needs(&self) -> Needs {
        // What it is gone on with is loaded; a new one holds nothing yet.
        match self.start {
            WriterStart::Anew => Needs::Turn { bytes: 0 },
            _ => Needs::Upload(Arc::clone(&self.upload)),
        }
    }

    fn upload(&self) -> Option<Arc<Upload>> {
        Some(Arc::clone(&self.upload))
    }

    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Requests
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    fn identify(output: &mut Self::Output, ids: &CallIds) {
        identify(output, ids);
    }

    async fn run(self, guest: Guest<'_>) -> Done<KeptWriter> {
        let Self { path, start, options, upload: _ } = self;
        let function = guest.blobs()?.func_writer();
        let (begun,) = guest.invoke(function, (guest.storage, path, start.into_wit(), options.into_wit())).await?;
        Ok(Ok(begun.map(|resource| KeptWriter::new(resource, guest.stay())).map_err(BlobError::from)))
    }
}

/// Adds a content.
pub(super) struct Write {
    pub(super) handle: Arc<WriterHandle>,
    pub(super) turn: OwnedMutexGuard<()>,
    pub(super) from_caller: FromCaller,
}

impl Operation for Write {
    const OPERATION: &'static str = "write";
    const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
    type Output = BlobResult<u64>;

    fn key(&self) -> &str {
        &self.handle.path
    }

    fn needs(&self) -> Needs {
        Needs::Upload(Arc::clone(&self.handle.upload))
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

    async fn run(self, guest: Guest<'_>) -> Done<u64> {
        let Self { handle, turn, from_caller } = self;
        let cut = from_caller.cut();
        let content = from_caller.open_stream(guest.accessor)?;
        let (written,) = guest.invoke(guest.writers()?.func_write(), (handle.resource(), content)).await?;
        if written.is_ok() {
            handle.upload.settled();
        }
        drop(turn);
        Ok(Ok(match cut.failure(&handle.path) {
            Some(failure) => Err(failure),
            None => written.map_err(BlobError::from),
        }))
    }
}

/// Defines the calls that ask for what the instance knows without a request.
macro_rules! questions {
    ($($name:ident $operation:literal $function:ident -> $output:ty;)*) => {$(
        pub(super) struct $name {
            pub(super) handle: Arc<WriterHandle>,
        }

        impl Operation for $name {
            const OPERATION: &'static str = $operation;
            const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
            type Output = BlobResult<$output>;

            fn key(&self) -> &str {
                &self.handle.path
            }

            async fn run(self, guest: Guest<'_>) -> Done<$output> {
                let (told,) = guest.invoke(guest.writers()?.$function(), (self.handle.resource(),)).await?;
                Ok(Ok(Ok(told.into())))
            }
        }
    )*};
}

questions! {
    Size "writer-size" func_size -> u64;
    UploadId "writer-upload-id" func_upload_id -> Option<String>;
    Stored "writer-stored" func_stored -> StoredContent;
}

/// Defines the calls that end a writer.
macro_rules! endings {
    ($($name:ident { $($field:ident: $type:ty)? } $operation:literal $function:ident -> $output:ty, $convert:expr;)*) => {$(
        pub(super) struct $name {
            pub(super) handle: Arc<WriterHandle>,
            pub(super) turn: OwnedMutexGuard<()>,
            $(pub(super) $field: $type,)?
        }

        impl Operation for $name {
            const OPERATION: &'static str = $operation;
            const PLACE: Place = Place::Anywhere(Interface::BlobDriver);
            type Output = BlobResult<$output>;

            fn key(&self) -> &str {
                &self.handle.path
            }

            fn upload(&self) -> Option<Arc<Upload>> {
                Some(Arc::clone(&self.handle.upload))
            }

            fn time_limit(&self) -> TimeLimit {
                TimeLimit::Requests
            }

            fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
                failure(output)
            }

            fn identify(output: &mut Self::Output, ids: &CallIds) {
                identify(output, ids);
            }

            async fn run(self, guest: Guest<'_>) -> Done<$output> {
                let Self { handle, turn $(, $field)? } = self;
                let (ended,) = guest.invoke(guest.writers()?.$function(), (handle.resource(), $($field)?)).await?;
                if ended.is_ok() {
                    handle.upload.ended();
                }
                drop(turn);
                Ok(Ok(ended.map($convert).map_err(BlobError::from)))
            }
        }
    )*};
}

endings! {
    Close {} "writer-close" func_close -> (), |()| ();
    Cancel {} "writer-cancel" func_cancel -> (), |()| ();
    Commit { options: wit::PublishOptions } "writer-commit" func_commit -> WrittenFile, WrittenFile::from;
}

/// Drops a writer in its instance, which it keeps until then.
struct DropWriter {
    resource: ResourceAny,
    _stay: Arc<InstancePermit>,
}

impl Order for DropWriter {
    fn run<'a>(self: Box<Self>, guest: Guest<'a>) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move { guest.drop_resource(self.resource) })
    }
}
