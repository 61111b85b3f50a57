//! The export `lock`.

mod convert;

use std::time::Duration;

use super::bindings::exports::ossicle::storage::lock::{
    Guest, GuestLocks, Lease, LockError, LockInfo, LockOptions, Locks, Unlocked,
};
use super::bindings::exports::ossicle::storage::types as wit;
use super::{Component, Wasi};
use crate::config::Config;
use crate::lock::{Broken, LockOptions as CoreOptions, Locks as CoreLocks};

#[cfg(feature = "certificates")]
pub(super) use self::convert::given;
#[cfg(not(feature = "certificates"))]
use self::convert::given;
use self::convert::info;

impl Guest for Component {
    type Locks = CoreLocks<Wasi>;
}

impl GuestLocks for CoreLocks<Wasi> {
    calls! {
        async fn open(config: wit::Config, options: LockOptions) -> Result<Locks, wit::Error> {
            let options = CoreOptions::from(options).check()?;
            let settings = Config::from(config).check()?;
            Ok(Locks::new(Self::new(Wasi, settings, options)))
        }

        async fn lock(&self, name: String, wait: u64) -> Result<Lease, LockError> {
            Ok(CoreLocks::lock(self, &name, Duration::from_millis(wait)).await?.into())
        }

        async fn try_lock(&self, name: String) -> Result<Lease, LockError> {
            Ok(CoreLocks::try_lock(self, &name).await?.into())
        }

        // Each renewal gives the lease its full time, whatever time the caller needs, as the contract says.
        async fn renew(&self, lease: Lease, _at_least: u64) -> Result<Lease, LockError> {
            Ok(CoreLocks::renew(self, &given(lease)?).await?.into())
        }

        async fn unlock(&self, lease: Lease) -> Result<Unlocked, LockError> {
            Ok(CoreLocks::unlock(self, &given(lease)?).await?.into())
        }

        async fn inspect(&self, name: String) -> Result<LockInfo, LockError> {
            let seen = CoreLocks::inspect(self, &name).await?;
            Ok(info(name, seen))
        }

        async fn break_lock(&self, name: String, token: u64) -> Result<bool, LockError> {
            Ok(CoreLocks::break_lock(self, &name, token).await? == Broken::Broken)
        }
    }

    #[cfg(not(feature = "p2"))]
    fn stop_waiting(&self, name: String) {
        CoreLocks::stop_waiting(self, &name);
    }

    fn supply_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().supply(&Wasi, given.into())?)
    }

    fn supply_oidc_token(&self, token: String) -> Result<(), wit::Error> {
        Ok(self.credentials().supply_token(token.into())?)
    }

    fn current_credentials(&self) -> Option<wit::TemporaryCredentials> {
        self.credentials().current(&Wasi).map(Into::into)
    }

    fn adopt_credentials(&self, given: wit::TemporaryCredentials) -> Result<(), wit::Error> {
        Ok(self.credentials().adopt(&Wasi, given.into())?)
    }

    #[cfg(not(feature = "p2"))]
    async fn settle(&self) -> Result<(), LockError> {
        Ok(CoreLocks::release_abandoned(self).await?)
    }
}
