//! Locks.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::bucket::{MemoryTenant, State, Tenure};
use crate::ports::{
    Holder, Lease, LockError, LockInfo, LockState, Locks, Released, StorageError, StorageErrorKind, Window,
};

/// How long a lease lasts, in seconds.
const LENGTH: u64 = 60;

/// How often a lock that is held is looked at again, at most.
const LOOKS: usize = 1000;

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryLease {
    name: String,
    owner: String,
    token: u64,
    since: u64,
    is_taken_over: bool,
    is_read: bool,
}

impl Lease for MemoryLease {
    fn name(&self) -> &str {
        &self.name
    }

    fn owner(&self) -> &str {
        &self.owner
    }

    fn fencing_token(&self) -> u64 {
        self.token
    }

    fn is_taken_over(&self) -> bool {
        self.is_taken_over
    }

    fn time_left(&self) -> Duration {
        if self.is_read { Duration::ZERO } else { Duration::from_secs(LENGTH - 5) }
    }

    fn renew_every(&self) -> Duration {
        Duration::from_secs(LENGTH / 3)
    }

    fn window(&self) -> Option<Window> {
        Some(Window { since: self.since, until: self.since + LENGTH - 5 })
    }

    fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{}:{}:{}", self.token, self.since, self.owner, self.name))
    }
}

fn held(tenure: &Tenure, now: u64) -> LockError {
    LockError::Held(Some(holder(tenure, now)))
}

fn holder(tenure: &Tenure, now: u64) -> Holder {
    let remaining = Duration::from_secs(tenure.until.saturating_sub(now));
    Holder { owner: tenure.owner.clone(), fencing_token: tenure.token, remaining }
}

fn lost() -> LockError {
    LockError::Lost { reason: "others have had the lock".to_owned() }
}

impl State {
    fn acquire(&mut self, name: &str) -> Result<MemoryLease, LockError> {
        let now = self.clock;
        let before = self.locks.get(name).cloned();
        if let Some(tenure) = before.as_ref().filter(|tenure| tenure.is_held && now <= tenure.until) {
            return Err(held(tenure, now));
        }
        let token = before.as_ref().map_or(1, |tenure| tenure.token + 1);
        let owner = format!("{:024x}", self.draw());
        let is_taken_over = before.is_some_and(|tenure| tenure.is_held);
        let tenure = Tenure { token, owner: owner.clone(), is_held: true, until: now + LENGTH };
        self.locks.insert(name.to_owned(), tenure);
        Ok(MemoryLease { name: name.to_owned(), owner, token, since: now, is_taken_over, is_read: false })
    }

    fn tenure_of(&mut self, lease: &MemoryLease) -> Option<&mut Tenure> {
        self.locks.get_mut(&lease.name).filter(|tenure| tenure.token == lease.token && tenure.owner == lease.owner)
    }
}

impl Locks for MemoryTenant {
    type Lease = MemoryLease;

    fn read_lease(&self, text: &str) -> Option<MemoryLease> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(4, ':');
        let (token, since) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (owner, name) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(MemoryLease { name, owner, token, since, is_taken_over: false, is_read: true })
    }

    async fn lock(&self, name: &str, wait: Duration) -> Result<MemoryLease, LockError> {
        let looks = if wait.is_zero() { 1 } else { LOOKS };
        for _ in 1..looks {
            self.call("lock").await?;
            let acquired = self.state().acquire(name);
            if !matches!(acquired, Err(LockError::Held(_))) {
                return acquired;
            }
        }
        self.try_lock(name).await
    }

    async fn try_lock(&self, name: &str) -> Result<MemoryLease, LockError> {
        self.call("try-lock").await?;
        self.state().acquire(name)
    }

    async fn renew(&self, lease: &MemoryLease) -> Result<MemoryLease, LockError> {
        self.call("renew").await?;
        let mut state = self.state();
        let now = state.clock;
        let tenure = state.tenure_of(lease).filter(|tenure| tenure.is_held).ok_or_else(lost)?;
        tenure.until = now + LENGTH;
        Ok(MemoryLease { since: now, is_read: false, ..lease.clone() })
    }

    async fn unlock(&self, lease: &MemoryLease) -> Result<Released, LockError> {
        self.call("unlock").await?;
        let mut state = self.state();
        let owner = (lease.name.clone(), lease.owner.clone());
        // Whoever has the lock by now, a lease that was released once stays released.
        if state.tenure_of(lease).is_some_and(|tenure| std::mem::replace(&mut tenure.is_held, false)) {
            state.released.insert(owner);
            return Ok(Released::Released);
        }
        Ok(if state.released.contains(&owner) { Released::AlreadyGone } else { Released::Lost })
    }

    async fn inspect(&self, name: &str) -> Result<LockInfo, LockError> {
        self.call("inspect").await?;
        let state = self.state();
        let lock = match state.locks.get(name) {
            None => LockState::Free(0),
            Some(tenure) if !tenure.is_held => LockState::Free(tenure.token),
            Some(tenure) if state.clock > tenure.until => LockState::Expired(tenure.token),
            // A name by which tests have an unreadable one.
            Some(_) if name == "unreadable" => LockState::Unreadable(Duration::from_secs(LENGTH)),
            Some(tenure) => LockState::Held(holder(tenure, state.clock)),
        };
        let length = if state.locks.contains_key(name) { 64 } else { 0 };
        Ok(LockInfo { object: format!("locks/{}", BASE64_URL_SAFE_NO_PAD.encode(name)), length, state: lock })
    }

    async fn break_lock(&self, name: &str, fencing_token: u64) -> Result<bool, LockError> {
        self.call("break-lock").await?;
        let mut state = self.state();
        match state.locks.get_mut(name) {
            None => Ok(false),
            Some(tenure) if tenure.token == fencing_token => Ok(std::mem::replace(&mut tenure.is_held, false)),
            Some(tenure) if !tenure.is_held => Ok(false),
            Some(_) => {
                let message = "another tenure holds the lock";
                Err(StorageError::new(StorageErrorKind::Conflict, message).at(name).into())
            }
        }
    }
}
