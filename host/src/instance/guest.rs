//! What a call may use while it runs.

use super::handle::{Instance, Ticket};
use crate::call::CallContext;
use crate::engine::{Exports, StoreData};
use crate::wit::{blob_driver, cert_storage, types};
use std::sync::Arc;
use wasmtime::component::{Accessor, ComponentNamedList, Lift, Lower, ResourceAny, TypedFunc};

/// What a call may use while it runs.
#[derive(Clone, Copy)]
pub(crate) struct Guest<'a> {
    pub(crate) accessor: &'a Accessor<StoreData>,
    /// What the tenant is for: its certificate storage, or its driver of blobs.
    pub(crate) storage: ResourceAny,
    pub(super) exports: &'a Exports,
    pub(super) instance: &'a Arc<Instance>,
    /// None for what is no call, and sends no requests.
    pub(super) context: Option<&'a Arc<CallContext>>,
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
    pub(super) async fn supply_credentials(
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
    pub(super) async fn supply_oidc_token(self, token: String) -> wasmtime::Result<Result<(), types::Error>> {
        let Self { accessor, storage, exports, .. } = self;
        match exports {
            Exports::CertStorage(exports) => exports.storage().call_supply_oidc_token(accessor, storage, token).await,
            Exports::BlobDriver(exports) => exports.driver().call_supply_oidc_token(accessor, storage, token).await,
        }
    }
}
