//! An instance of the component: a store, the task that drives it, and the gate by which calls come in.
//!
//! wasmtime lets many calls be in flight in one instance, but only within one `run_concurrent`, which owns the store. So
//! one task owns the store and runs the calls that come over a channel.
//!
//! That loop is not to be relied upon: while the component computes, nothing else in it is polled, and a call that has
//! begun can't be cancelled. Whatever guards the loop therefore stands around it: [`stopwatch`] measures how long the
//! component computes, [`deadlines`] and [`crate::supervisor`] how long a call takes, and both have one remedy, to drop the store.

mod deadlines;
mod desk;
mod driver;
mod gate;
mod memory;
mod opening;
mod quiet;
mod state;
mod stopwatch;
mod supply;

pub(crate) use desk::{Care, Desk, Fate, Unfinished, Waiting, tell};
pub(crate) use driver::{Start, start};
pub(crate) use gate::{End, Instance, Ticket};
pub(crate) use opening::Opening;
pub(crate) use state::State;
pub(crate) use stopwatch::TICK;
pub(crate) use supply::Supplies;

use crate::admission::Upload;
use crate::call::CallContext;
use crate::call::TimeLimit;
use crate::error::StorageError;
use crate::wit::{blob_driver, cert_storage, types};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use wasmtime::component::{Accessor, ComponentNamedList, Lift, Lower, ResourceAny, TypedFunc};

/// What a call may use while it runs.
#[derive(Clone, Copy)]
pub(crate) struct Guest<'a> {
    pub(crate) accessor: &'a Accessor<State>,
    /// What the tenant is for: its certificate storage, or its driver of blobs.
    pub(crate) storage: ResourceAny,
    exports: &'a Exports,
    instance: &'a Arc<Instance>,
    /// None for what is no call, and sends no requests.
    context: Option<&'a Arc<CallContext>>,
}

/// What an instance exports of what its tenant is for.
pub(crate) enum Exports {
    CertStorage(cert_storage::Guest),
    BlobDriver(blob_driver::Guest),
}

impl Exports {
    /// Fails where the tenant is for something else.
    fn certificates(&self) -> wasmtime::Result<cert_storage::GuestStorage<'_>> {
        match self {
            Self::CertStorage(exports) => Ok(exports.storage()),
            Self::BlobDriver(_) => Err(wasmtime::Error::msg("a tenant for blobs has no certificates")),
        }
    }

    /// Fails where the tenant is for something else.
    fn blobs(&self) -> wasmtime::Result<&blob_driver::Guest> {
        match self {
            Self::BlobDriver(exports) => Ok(exports),
            Self::CertStorage(_) => Err(wasmtime::Error::msg("a tenant for certificates has no blobs")),
        }
    }
}

impl<'a> Guest<'a> {
    pub(crate) fn certificates(self) -> wasmtime::Result<cert_storage::GuestStorage<'a>> {
        self.exports.certificates()
    }

    pub(crate) fn blobs(self) -> wasmtime::Result<blob_driver::GuestDriver<'a>> {
        Ok(self.exports.blobs()?.driver())
    }

    pub(crate) fn writers(self) -> wasmtime::Result<blob_driver::GuestFileWriter<'a>> {
        Ok(self.exports.blobs()?.file_writer())
    }

    /// Keeps the instance alive for something in it that outlasts the call.
    pub(crate) fn stay(self) -> Ticket {
        self.instance.stay()
    }

    /// Calls a function of the component's. The requests that it sends are the call's.
    pub(crate) async fn invoke<P, R>(self, function: TypedFunc<P, R>, parameters: P) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let started = self.accessor.with(|mut access| {
            let started = function.start_call_concurrent(&mut access, parameters)?;
            if let Some(context) = self.context {
                access.data_mut().begin(started.task(), context);
            }
            wasmtime::error::Ok(started)
        })?;
        function.finish_call_concurrent(self.accessor, started).await
    }

    /// Hands over credentials.
    async fn supply_credentials(
        self,
        given: types::TemporaryCredentials,
    ) -> wasmtime::Result<Result<(), types::Error>> {
        let Self { accessor, storage, exports, .. } = self;
        match exports {
            Exports::CertStorage(exports) => exports.storage().call_supply_credentials(accessor, storage, given).await,
            Exports::BlobDriver(exports) => exports.driver().call_supply_credentials(accessor, storage, given).await,
        }
    }

    /// Hands over a newer token.
    async fn supply_oidc_token(self, token: String) -> wasmtime::Result<Result<(), types::Error>> {
        let Self { accessor, storage, exports, .. } = self;
        match exports {
            Exports::CertStorage(exports) => exports.storage().call_supply_oidc_token(accessor, storage, token).await,
            Exports::BlobDriver(exports) => exports.driver().call_supply_oidc_token(accessor, storage, token).await,
        }
    }
}

/// What a call needs before it may begin, so that it takes nothing from others.
pub(crate) enum Needs {
    /// A turn among the calls, and room for so many bytes in the instance, which it holds to its end.
    Turn { bytes: u64 },
    /// A turn among the streams out of the component, and room for so many bytes.
    Download { bytes: u64 },
    /// A turn among the streams into the component, and room that the upload takes as it comes.
    Upload(Arc<Upload>),
}

impl Needs {
    /// A value that is stored: as it is given and, encrypted, as it is sent.
    pub(crate) fn store(value: &[u8]) -> Self {
        Self::Turn { bytes: 2 * value.len() as u64 }
    }
}

/// A call of one of the component's exports.
pub(crate) trait Call: Send + 'static {
    const OPERATION: &'static str;
    type Output: Send + 'static;

    /// The key it is about, for logs.
    fn key(&self) -> &str;

    /// How long it may take.
    fn time_limit(&self) -> TimeLimit {
        TimeLimit::Whole
    }

    /// What it needs before it begins.
    fn needs(&self) -> Needs {
        Needs::Turn { bytes: 0 }
    }

    /// The upload that its requests store parts of.
    fn upload(&self) -> Option<Arc<Upload>> {
        match self.needs() {
            Needs::Upload(upload) => Some(upload),
            Needs::Turn { .. } | Needs::Download { .. } => None,
        }
    }

    /// Told once it has what it needs.
    fn admitted(&mut self) {}

    /// What the output says that failed: as metrics name it, and as logs tell it.
    fn failure(_: &Self::Output) -> Option<(&'static str, &dyn fmt::Display)> {
        None
    }

    /// Fails, in the outer result, when the whole instance does.
    fn run(self, guest: Guest<'_>)
    -> impl Future<Output = wasmtime::Result<Result<Self::Output, types::Error>>> + Send;
}

/// A call on its way into an instance.
pub(crate) trait Job: Send {
    fn run<'a>(self: Box<Self>, guest: Guest<'a>) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;
    fn hand_back(self: Box<Self>);
}

/// A call that answers at a desk.
pub(crate) struct Ordered<C: Call> {
    call: Option<C>,
    context: Arc<CallContext>,
    desk: Arc<Desk<C>>,
}

impl<C: Call> Ordered<C> {
    pub(crate) fn new(call: C, context: Arc<CallContext>, desk: Arc<Desk<C>>) -> Box<Self> {
        Box::new(Self { call: Some(call), context, desk })
    }
}

impl<C: Call> Job for Ordered<C> {
    fn run<'a>(
        mut self: Box<Self>,
        guest: Guest<'a>,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(call) = self.call.take()
                && self.desk.begin()
            {
                let context = Arc::clone(&self.context);
                let result = call.run(Guest { context: Some(&context), ..guest }).await?;
                guest.accessor.with(|mut access| access.data_mut().end(&context));
                self.desk.decide(Fate::Done(result.map_err(|error| StorageError::from(error).into_error())));
            }
            Ok(())
        })
    }

    fn hand_back(mut self: Box<Self>) {
        if let Some(call) = self.call.take() {
            self.desk.decide(Fate::Untouched(call));
        }
    }
}

impl<C: Call> Drop for Ordered<C> {
    fn drop(&mut self) {
        // Nothing, where it has been answered.
        self.desk.decide(Fate::Lost);
    }
}
