//! The handle by which a running call uses its instance.

use super::handle::{Instance, InstancePermit};
use crate::call::CallContext;
use crate::engine::{Exports, StorageExports, StoreData};
use crate::wit::{blob_driver, cert_storage, lock, types};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use wasmtime::component::{Accessor, ComponentNamedList, Lift, Lower, ResourceAny, TypedFunc};

/// What a call may use while it runs.
#[derive(Clone, Copy)]
pub(crate) struct Guest<'a> {
    pub(crate) accessor: &'a Accessor<StoreData>,
    /// What the instance is for: the certificate storage, or the driver of blobs.
    pub(crate) storage: ResourceAny,
    /// The locks, in an instance where they are, or why they could not be opened.
    pub(super) locks: Option<&'a Result<ResourceAny, types::Error>>,
    pub(super) exports: &'a Exports,
    pub(super) instance: &'a Arc<Instance>,
    /// None for what is no call, and sends no requests.
    pub(super) context: Option<&'a Arc<CallContext>>,
}

impl<'a> Guest<'a> {
    /// The locks of the tenant, or why they could not be opened. Fails in an instance where they are not.
    pub(crate) fn locks(self) -> wasmtime::Result<&'a Result<ResourceAny, types::Error>> {
        self.locks.ok_or_else(|| wasmtime::Error::msg("the locks are in other instances"))
    }

    pub(crate) fn lock_functions(self) -> lock::GuestLocks<'a> {
        self.exports.locks()
    }

    pub(crate) fn certificates(self) -> wasmtime::Result<cert_storage::GuestStorage<'a>> {
        self.exports.certificates()
    }

    pub(crate) fn blobs(self) -> wasmtime::Result<blob_driver::GuestDriver<'a>> {
        Ok(self.exports.blobs()?.driver())
    }

    pub(crate) fn writers(self) -> wasmtime::Result<blob_driver::GuestFileWriter<'a>> {
        Ok(self.exports.blobs()?.file_writer())
    }

    pub(crate) fn unchecked_reads(self) -> wasmtime::Result<blob_driver::GuestUncheckedRead<'a>> {
        Ok(self.exports.blobs()?.unchecked_read())
    }

    /// Drops what the component gave out.
    pub(crate) fn drop_resource(self, resource: ResourceAny) -> wasmtime::Result<()> {
        self.accessor.with(|access| {
            // It only computes, and yields at the ticks of the epoch; here it goes on at once.
            let mut dropping = pin!(resource.resource_drop_async(access));
            let mut cx = Context::from_waker(Waker::noop());
            loop {
                if let Poll::Ready(dropped) = dropping.as_mut().poll(&mut cx) {
                    return dropped;
                }
            }
        })
    }

    /// Keeps the instance alive for something in it that outlasts the call.
    pub(crate) fn stay(self) -> InstancePermit {
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
        if let Some(Ok(locks)) = self.locks {
            let taken = exports.locks().call_supply_credentials(accessor, *locks, given.clone()).await?;
            if taken.is_err() {
                return Ok(taken);
            }
        }
        match exports.storage() {
            StorageExports::CertStorage(exports) => {
                exports.storage().call_supply_credentials(accessor, storage, given).await
            }
            StorageExports::BlobDriver(exports) => {
                exports.driver().call_supply_credentials(accessor, storage, given).await
            }
        }
    }

    /// What its requests are signed with, of what it opened, where it fetches that.
    pub(super) async fn current_credentials(self) -> wasmtime::Result<Vec<types::TemporaryCredentials>> {
        let Self { accessor, storage, exports, .. } = self;
        let of_locks = match self.locks {
            Some(Ok(locks)) => exports.locks().call_current_credentials(accessor, *locks).await?,
            Some(Err(_)) | None => None,
        };
        let of_storage = match exports.storage() {
            StorageExports::CertStorage(exports) => {
                exports.storage().call_current_credentials(accessor, storage).await?
            }
            StorageExports::BlobDriver(exports) => exports.driver().call_current_credentials(accessor, storage).await?,
        };
        Ok(of_locks.into_iter().chain(of_storage).collect())
    }

    /// Hands over what another instance, or its own locks or storage, fetched.
    pub(super) async fn adopt_credentials(
        self,
        given: types::TemporaryCredentials,
    ) -> wasmtime::Result<Result<(), types::Error>> {
        let Self { accessor, storage, exports, .. } = self;
        if let Some(Ok(locks)) = self.locks {
            let taken = exports.locks().call_adopt_credentials(accessor, *locks, given.clone()).await?;
            if taken.is_err() {
                return Ok(taken);
            }
        }
        match exports.storage() {
            StorageExports::CertStorage(exports) => {
                exports.storage().call_adopt_credentials(accessor, storage, given).await
            }
            StorageExports::BlobDriver(exports) => {
                exports.driver().call_adopt_credentials(accessor, storage, given).await
            }
        }
    }

    /// Hands over a newer token.
    pub(super) async fn supply_oidc_token(self, token: String) -> wasmtime::Result<Result<(), types::Error>> {
        let Self { accessor, storage, exports, .. } = self;
        if let Some(Ok(locks)) = self.locks {
            let taken = exports.locks().call_supply_oidc_token(accessor, *locks, token.clone()).await?;
            if taken.is_err() {
                return Ok(taken);
            }
        }
        match exports.storage() {
            StorageExports::CertStorage(exports) => {
                exports.storage().call_supply_oidc_token(accessor, storage, token).await
            }
            StorageExports::BlobDriver(exports) => {
                exports.driver().call_supply_oidc_token(accessor, storage, token).await
            }
        }
    }
}
