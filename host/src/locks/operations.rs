//! One operation for each of the component's lock functions.

use super::error::{LockError, Refusal};
use super::lease::{Lease, LockInfo, Unlocked, Written};
use crate::duration::milliseconds;
use crate::instance::{Guest, Needs, Operation, Place};
use crate::tenant::Tenant;
use crate::wit::{cert_storage as certificates, lock as wit, types};
use bytes::Bytes;
use std::time::Duration;

type Sorted<T> = Result<T, Refusal>;
type Answer<T> = wasmtime::Result<Result<Sorted<T>, types::Error>>;

/// Makes a call on a lock.
pub(crate) fn call<T: Send + 'static, C: Operation<Output = Sorted<T>>>(
    tenant: &Tenant,
    call: C,
) -> impl Future<Output = Result<T, LockError>> + Send + use<T, C> {
    let called = tenant.clone().call(call);
    async move { Ok(called.await??) }
}

/// Sorts the answer of an export: refusals, and failures, which are those of any call.
fn sorted<W, T: From<W>>(answer: wasmtime::Result<(Result<W, wit::LockError>,)>) -> Answer<T> {
    Ok(match answer?.0 {
        Ok(value) => Ok(Ok(value.into())),
        Err(wit::LockError::Held(holder)) => Ok(Err(Refusal::Held(holder))),
        Err(wit::LockError::Lost(lease)) => Ok(Err(Refusal::Lost(lease))),
        Err(wit::LockError::Failed(error)) => Err(error),
    })
}

/// Why nothing is written under a lease where locks run in instances for blobs.
fn no_certificates(key: String) -> types::Error {
    types::Error {
        kind: types::ErrorKind::Unsupported,
        key: Some(key),
        message: "the engine had no component for certificates when the tenant was made".to_owned(),
        answer: None,
        retryable: false,
        undecided: false,
        no_credentials: false,
    }
}

/// The locks of an instance, or the answer of a call where they could not be opened.
macro_rules! opened {
    ($guest:ident) => {
        match $guest.locks()? {
            Ok(locks) => *locks,
            Err(error) => return Ok(Err(error.clone())),
        }
    };
}

pub(crate) struct Lock {
    pub(crate) name: String,
    pub(crate) wait: Duration,
}

impl Operation for Lock {
    const OPERATION: &'static str = "lock";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Lease>;

    fn key(&self) -> &str {
        &self.name
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Lease> {
        let locks = opened!(guest);
        let wait = milliseconds(self.wait);
        sorted(guest.invoke(guest.lock_functions().func_lock(), (locks, self.name, wait)).await)
    }
}

pub(crate) struct TryLock {
    pub(crate) name: String,
}

impl Operation for TryLock {
    const OPERATION: &'static str = "try-lock";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Lease>;

    fn key(&self) -> &str {
        &self.name
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Lease> {
        let locks = opened!(guest);
        sorted(guest.invoke(guest.lock_functions().func_try_lock(), (locks, self.name)).await)
    }
}

pub(crate) struct StopWaiting {
    pub(crate) name: String,
}

impl Operation for StopWaiting {
    const OPERATION: &'static str = "stop-waiting";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<()>;

    fn key(&self) -> &str {
        &self.name
    }

    async fn run(self, guest: Guest<'_>) -> Answer<()> {
        let locks = opened!(guest);
        guest.invoke(guest.lock_functions().func_stop_waiting(), (locks, self.name)).await?;
        Ok(Ok(Ok(())))
    }
}

pub(crate) struct Renew {
    pub(crate) lease: Lease,
    pub(crate) at_least: Duration,
}

impl Operation for Renew {
    const OPERATION: &'static str = "renew";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Lease>;

    fn key(&self) -> &str {
        self.lease.name()
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Lease> {
        let locks = opened!(guest);
        let (lease, at_least) = (self.lease.to_wit(), milliseconds(self.at_least));
        sorted(guest.invoke(guest.lock_functions().func_renew(), (locks, lease, at_least)).await)
    }
}

pub(crate) struct Unlock {
    pub(crate) lease: Lease,
}

impl Operation for Unlock {
    const OPERATION: &'static str = "unlock";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Unlocked>;

    fn key(&self) -> &str {
        self.lease.name()
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Unlocked> {
        let locks = opened!(guest);
        sorted(guest.invoke(guest.lock_functions().func_unlock(), (locks, self.lease.to_wit())).await)
    }
}

pub(crate) struct Inspect {
    pub(crate) name: String,
}

impl Operation for Inspect {
    const OPERATION: &'static str = "inspect";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<LockInfo>;

    fn key(&self) -> &str {
        &self.name
    }

    async fn run(self, guest: Guest<'_>) -> Answer<LockInfo> {
        let locks = opened!(guest);
        sorted(guest.invoke(guest.lock_functions().func_inspect(), (locks, self.name)).await)
    }
}

pub(crate) struct BreakLock {
    pub(crate) name: String,
    pub(crate) token: u64,
}

impl Operation for BreakLock {
    const OPERATION: &'static str = "break-lock";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<bool>;

    fn key(&self) -> &str {
        &self.name
    }

    async fn run(self, guest: Guest<'_>) -> Answer<bool> {
        let locks = opened!(guest);
        sorted(guest.invoke(guest.lock_functions().func_break_lock(), (locks, self.name, self.token)).await)
    }
}

/// Stores a value; a new one only where there is none.
pub(crate) struct StoreUnder<const NEW: bool> {
    pub(crate) lease: Lease,
    pub(crate) key: String,
    pub(crate) value: Bytes,
}

impl<const NEW: bool> Operation for StoreUnder<NEW> {
    const OPERATION: &'static str = if NEW { "create-under" } else { "store-under" };
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Written>;

    fn key(&self) -> &str {
        &self.key
    }

    fn needs(&self) -> Needs {
        Needs::store(&self.value)
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Written> {
        let Ok(certificates) = guest.certificates() else { return Ok(Err(no_certificates(self.key))) };
        let (lease, value) = (self.lease.to_wit(), self.value.into());
        let function = if NEW { certificates.func_create_under() } else { certificates.func_store_under() };
        sorted(guest.invoke(function, (guest.storage, lease, self.key, value)).await)
    }
}

pub(crate) struct DeleteUnder {
    pub(crate) lease: Lease,
    pub(crate) key: String,
}

impl Operation for DeleteUnder {
    const OPERATION: &'static str = "delete-under";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Written>;

    fn key(&self) -> &str {
        &self.key
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Written> {
        let Ok(certificates) = guest.certificates() else { return Ok(Err(no_certificates(self.key))) };
        let lease = self.lease.to_wit();
        sorted(guest.invoke(certificates.func_delete_under(), (guest.storage, lease, self.key)).await)
    }
}

/// Stores values of several keys as one.
pub(crate) struct StoreTogether {
    pub(crate) lease: Lease,
    pub(crate) values: Vec<(String, Bytes)>,
}

impl Operation for StoreTogether {
    const OPERATION: &'static str = "store-together";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Written>;

    fn key(&self) -> &str {
        self.values.first().map_or("", |(key, _)| key)
    }

    fn needs(&self) -> Needs {
        Needs::store_all(self.values.iter().map(|(_, value)| value.as_ref()))
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Written> {
        let Ok(certificates) = guest.certificates() else { return Ok(Err(no_certificates(self.key().to_owned()))) };
        let value = |(key, value): (String, Bytes)| certificates::KeyedValue { key, value: value.into() };
        let (lease, values) = (self.lease.to_wit(), self.values.into_iter().map(value).collect());
        sorted(guest.invoke(certificates.func_store_together(), (guest.storage, lease, values)).await)
    }
}

/// Removes values of several keys as one.
pub(crate) struct DeleteTogether {
    pub(crate) lease: Lease,
    pub(crate) keys: Vec<String>,
}

impl Operation for DeleteTogether {
    const OPERATION: &'static str = "delete-together";
    const PLACE: Place = Place::WithLocks;
    type Output = Sorted<Written>;

    fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    async fn run(self, guest: Guest<'_>) -> Answer<Written> {
        let Ok(certificates) = guest.certificates() else { return Ok(Err(no_certificates(self.key().to_owned()))) };
        let lease = self.lease.to_wit();
        sorted(guest.invoke(certificates.func_delete_together(), (guest.storage, lease, self.keys)).await)
    }
}
