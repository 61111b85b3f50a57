//! The calls of a writer, and the one that begins it.

use super::calls::{Result as Told, failure};
use super::error::BlobError;
use super::inflow::Outlet;
use super::stored::StoredContent;
use crate::bindings::types;
use crate::instance::{Call, Guest, Job, Ticket};
use crate::patience::Patience;
use crate::tenant::Tenant;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::sync::{Mutex, OwnedMutexGuard};
use wasmtime::component::ResourceAny;

/// A writer in its instance. The last one who holds it drops it there.
pub(super) struct Hold {
    pub(super) tenant: Tenant,
    pub(super) path: String,
    pub(super) ticket: Arc<Ticket>,
    pub(super) resource: ResourceAny,
    /// A writer does one thing at a time, even when nobody waits for it any more.
    pub(super) turn: Arc<Mutex<()>>,
}

type Done<T> = wasmtime::Result<Result<Told<T>, types::Error>>;

/// Begins a writer, or goes on with one.
pub(super) struct Begin {
    pub(super) path: String,
    pub(super) append: bool,
    pub(super) size_hint: Option<u64>,
}

impl Call for Begin {
    const OPERATION: &'static str = "writer";
    type Output = Told<ResourceAny>;

    fn key(&self) -> &str {
        &self.path
    }

    fn patience(&self) -> Patience {
        Patience::Requests
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    async fn run(self, guest: Guest<'_>) -> Done<ResourceAny> {
        let Self { path, append, size_hint } = self;
        let begun = guest.blobs()?.call_writer(guest.accessor, guest.storage, path, append, size_hint).await?;
        Ok(Ok(begun.map_err(BlobError::from)))
    }
}

/// Adds a content.
pub(super) struct Write {
    pub(super) hold: Arc<Hold>,
    pub(super) turn: OwnedMutexGuard<()>,
    pub(super) outlet: Outlet,
}

impl Call for Write {
    const OPERATION: &'static str = "write";
    type Output = Told<u64>;

    fn key(&self) -> &str {
        &self.hold.path
    }

    fn patience(&self) -> Patience {
        Patience::Stream(Arc::clone(&self.outlet.pulse))
    }

    fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        failure(output)
    }

    async fn run(self, guest: Guest<'_>) -> Done<u64> {
        let Self { hold, turn, outlet } = self;
        let content = outlet.open_stream(guest.accessor)?;
        let written = guest.writers()?.call_write(guest.accessor, hold.resource, content).await?;
        drop(turn);
        Ok(Ok(written.map_err(BlobError::from)))
    }
}

/// Defines the calls that ask for what the instance knows without a request.
macro_rules! questions {
    ($($name:ident $operation:literal $function:ident -> $output:ty;)*) => {$(
        pub(super) struct $name {
            pub(super) hold: Arc<Hold>,
        }

        impl Call for $name {
            const OPERATION: &'static str = $operation;
            type Output = Told<$output>;

            fn key(&self) -> &str {
                &self.hold.path
            }

            async fn run(self, guest: Guest<'_>) -> Done<$output> {
                let told = guest.writers()?.$function(guest.accessor, self.hold.resource).await?;
                Ok(Ok(Ok(told.into())))
            }
        }
    )*};
}

questions! {
    Size "writer-size" call_size -> u64;
    Stored "writer-stored" call_stored -> StoredContent;
}

/// Defines the calls that end a writer.
macro_rules! endings {
    ($($name:ident $operation:literal $function:ident;)*) => {$(
        pub(super) struct $name {
            pub(super) hold: Arc<Hold>,
            pub(super) turn: OwnedMutexGuard<()>,
        }

        impl Call for $name {
            const OPERATION: &'static str = $operation;
            type Output = Told<()>;

            fn key(&self) -> &str {
                &self.hold.path
            }

            fn patience(&self) -> Patience {
                Patience::Requests
            }

            fn failure(output: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
                failure(output)
            }

            async fn run(self, guest: Guest<'_>) -> Done<()> {
                let Self { hold, turn } = self;
                let ended = guest.writers()?.$function(guest.accessor, hold.resource).await?;
                drop(turn);
                Ok(Ok(ended.map_err(BlobError::from)))
            }
        }
    )*};
}

endings! {
    Close "writer-close" call_close;
    Cancel "writer-cancel" call_cancel;
    Commit "writer-commit" call_commit;
}

/// Drops a writer in its instance, which it keeps until then.
pub(super) struct Drop {
    pub(super) resource: ResourceAny,
    pub(super) _stay: Arc<Ticket>,
}

impl Job for Drop {
    fn run<'a>(self: Box<Self>, guest: Guest<'a>) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            guest.accessor.with(|access| {
                // It only computes, and makes way at the ticks of the epoch, which here is to go on at once.
                let mut dropping = pin!(self.resource.resource_drop_async(access));
                let mut cx = Context::from_waker(Waker::noop());
                loop {
                    if let Poll::Ready(dropped) = dropping.as_mut().poll(&mut cx) {
                        return dropped;
                    }
                }
            })
        })
    }

    fn hand_back(self: Box<Self>) {}
}
