//! The locks in one bucket.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::acquire::{Acquire, AcquireRequest};
use super::error::LockError;
use super::lease::Lease;
use super::local::LocalState;
use super::memory::Memory;
use super::options::{GRACE, LockSettings};
use super::release::{Release, Unlocked};
use super::renew::Renew;
use super::rule::Rule;
use super::verdict::unknown_holder;
use crate::config::Settings;
use crate::credentials::Provider;
use crate::key::ObjectName;
use crate::oss::Client;
use crate::ports::Ports;

/// How often to check whether a write in flight has ended.
const WRITE_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// How many times in a row OSS's clock may seem to stand still, or to show a time before the lease, before it counts as
/// wrong.
const MAX_STALLS: u32 = 8;
/// The pause after such a response: longer than the second to which OSS states its time, unless this machine's clock
/// runs eight times as fast as it should.
const STALL_PAUSE: Duration = Duration::from_secs(1);

/// The locks in one bucket. Neither this value nor an instance holds a lock: callers have the leases.
pub struct Locks<P> {
    pub(super) client: Client<P>,
    pub(super) local: Rc<LocalState>,
}

impl<P: Ports> Locks<P> {
    /// The locks with these settings of the bucket and of locks. Sends nothing.
    pub fn new(ports: P, settings: Settings, locks: LockSettings) -> Self {
        Self { client: Client::new(ports, settings), local: Rc::new(LocalState::new(locks)) }
    }

    /// This instance's state of the locks, for writes under their leases.
    pub fn local(&self) -> &Rc<LocalState> {
        &self.local
    }

    /// The client's credentials, for a host that renews them.
    pub fn credentials(&self) -> &Provider {
        self.client.credentials()
    }

    /// Acquires a lock, and waits for its holder at most so long. 2 requests for a free lock, 1 if this instance
    /// released it last; 1 for each read while it waits. For those that the interlock adds, see [`super::interlock`].
    ///
    /// Calls of one instance that want the same lock are queued. A call that is dropped with a request in flight may acquire
    /// the lock for nobody. [`Locks::release_abandoned`] or the next call for the lock releases it; otherwise it expires. A
    /// call that is dropped at another point leaves nothing behind.
    ///
    /// # Errors
    /// [`LockError::Held`] when the wait is over; [`LockError::Failed`] if the holder can't be determined, OSS rejects
    /// a request, or the lock's object can't be used.
    pub async fn lock(&self, name: &str, wait: Duration) -> Result<Lease, LockError> {
        let limit = self.client.ports.monotonic().saturating_add(wait);
        let position = self.local.queues.enter(name);
        let in_time = {
            let turn = pin!(position.turn(&self.client.ports));
            let alarm = pin!(self.client.ports.sleep(wait));
            matches!(select(turn, alarm).await, Either::Left(_))
        };
        if in_time && !position.is_stopped() {
            let acquiring = pin!(self.acquire_with_interlock(name, limit));
            let stopped = pin!(position.stopped(&self.client.ports));
            if let Either::Left((result, _)) = select(acquiring, stopped).await {
                return result;
            }
        }
        // A request in flight may have begun a tenure. If releasing that fails, the next call waits for it like for any
        // other.
        drop(self.release_abandoned_of(Some(name)).await);
        Err(LockError::Held { name: name.to_owned(), holder: unknown_holder(Duration::ZERO) })
    }

    /// Ends the waits of all calls of [`Locks::lock`] for a name: they fail with [`LockError::Held`]. For hosts that
    /// can't drop a call.
    pub fn stop_waiting(&self, name: &str) {
        self.local.queues.stop(name);
    }

    /// Acquires a lock without waiting for a holder. Requests as for [`Locks::lock`].
    ///
    /// # Errors
    /// As [`Locks::lock`].
    pub async fn try_lock(&self, name: &str) -> Result<Lease, LockError> {
        self.acquire_with_interlock(name, self.client.ports.monotonic()).await
    }

    /// Renews a lease for its whole time from now on, which is at least as long as it would have lasted. A lease that
    /// has expired may be renewed as well: if that succeeds, nobody had the lock in between. 1 request.
    ///
    /// A lease never lasts longer than the option `lease` says, because a holder that crashed blocks the lock for so
    /// long. A holder that needs it longer renews it every [`Lease::renewal_period`].
    ///
    /// # Errors
    /// [`LockError::Lost`] when the tenure has ended; [`LockError::Failed`] if that is unknown: try again.
    pub async fn renew(&self, lease: &Lease) -> Result<Lease, LockError> {
        let object = self.lock_object(&lease.name)?;
        let limit = self.client.ports.monotonic().saturating_add(self.local.settings.resolve_timeout());
        let settings = self.local.settings.clone();
        let mut machine = Renew::new(object.as_str().to_owned(), lease.clone(), limit, settings);
        let mut renewed = self.drive(&lease.name, &object, &mut machine).await?;
        if let Some(interlock) = &self.local.settings.interlock {
            renewed.interlock = Some(self.refresh(&renewed, interlock).await?);
        }
        Ok(renewed)
    }

    /// Releases a lease. First waits for writes under it whose outcome is unknown, until OSS would reject them. Once
    /// this is called, no write under the lease is sent any more, however the call ends. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] if it is unknown whether the lease was released; the lock is then free after the lease's
    /// time at the latest.
    pub async fn unlock(&self, lease: &Lease) -> Result<Unlocked, LockError> {
        if self.local.settings.keeps(Rule::ReleasedIsOver) {
            self.local.memory.note_release(lease);
        }
        self.leave(lease).await;
        if self.local.settings.keeps(Rule::ReleaseWaits) {
            self.wait_for_writes(lease).await?;
        }
        self.release(lease, 0).await
    }

    /// Waits until no write under a lease can take effect any more: first by this machine's clock and then, because
    /// that may be fast, by reading OSS's. 1 request if it had to wait, and more if this machine's clock is fast.
    async fn wait_for_writes(&self, lease: &Lease) -> Result<(), LockError> {
        let memory = &self.local.memory;
        let (mut newest, mut stalls) = (0, 0);
        while let Some((until, ends)) = memory.open_writes(lease) {
            let left = until.saturating_sub(self.client.ports.monotonic());
            if !left.is_zero() {
                // Responses may arrive meanwhile.
                self.client.ports.sleep(left.min(WRITE_CHECK_INTERVAL)).await;
                continue;
            }
            let object = self.lock_object(&lease.name)?;
            let date = self.read_log_end(&lease.name, &object).await?.date;
            // The lease began at the time by OSS's clock that `ends` is computed from, so no true date is earlier.
            newest = newest.max(ends.saturating_sub(u64::from(lease.mark.ttl)));
            // Without a plausible date there is only this machine's clock.
            stalls = if date.is_some_and(|date| date > newest) { 0 } else { stalls + 1 };
            let date = date.filter(|_| stalls < MAX_STALLS).unwrap_or(u64::MAX);
            let left = ends.saturating_add(GRACE.as_secs()).saturating_sub(date);
            if left == 0 {
                memory.writes_ended(date.saturating_sub(GRACE.as_secs()));
            } else if stalls > 0 {
                self.client.ports.sleep(STALL_PAUSE).await;
            } else {
                newest = date;
                self.client.ports.sleep(Duration::from_secs(left)).await;
            }
        }
        Ok(())
    }

    /// Releases the locks that dropped calls of this instance may have acquired for nobody, so that no call waits until they
    /// expire. Call it after a call of [`Locks::lock`] was cancelled; the next call for the same lock does it as well.
    ///
    /// # Errors
    /// As [`Locks::unlock`].
    pub async fn release_abandoned(&self) -> Result<(), LockError> {
        self.release_abandoned_of(None).await
    }

    async fn release_abandoned_of(&self, name: Option<&str>) -> Result<(), LockError> {
        let mut abandoned = Abandoned { left: self.local.memory.take_abandoned(name), memory: &self.local.memory };
        while let Some(lease) = abandoned.left.last().cloned() {
            let object = self.lock_object(&lease.name)?;
            let limit = self.client.ports.monotonic().saturating_add(self.local.settings.resolve_timeout());
            let settings = self.local.settings.clone();
            let machine = Release::of_uncertain(object.as_str().to_owned(), lease.clone(), limit, settings);
            self.run_release(&lease, &object, machine).await?;
            abandoned.left.pop();
        }
        Ok(())
    }

    pub(super) async fn release(&self, lease: &Lease, flags: u32) -> Result<Unlocked, LockError> {
        let object = self.lock_object(&lease.name)?;
        let limit = self.client.ports.monotonic().saturating_add(self.local.settings.resolve_timeout() * 2);
        let settings = self.local.settings.clone();
        let machine = Release::new(object.as_str().to_owned(), lease.clone(), flags, limit, settings);
        self.run_release(lease, &object, machine).await
    }

    async fn run_release(
        &self,
        lease: &Lease,
        object: &ObjectName,
        mut machine: Release,
    ) -> Result<Unlocked, LockError> {
        let unlocked = self.drive(&lease.name, object, &mut machine).await?;
        if let Some(end) = machine.end() {
            self.local.memory.set_released(&lease.name, end);
        }
        Ok(unlocked)
    }

    pub(super) async fn acquire(&self, name: &str, limit: Duration) -> Result<Lease, LockError> {
        let object = self.lock_object(name)?;
        // If that fails, this call waits for the tenure like for any other.
        drop(self.release_abandoned_of(Some(name)).await);
        let memory = &self.local.memory;
        let request = AcquireRequest {
            name: name.to_owned(),
            object: object.as_str().to_owned(),
            owner: memory.owner(|| self.client.ports.random_u64()),
            limit,
            released: memory.take_released(name),
        };
        let mut call = Call { machine: Acquire::new(request, self.local.settings.clone()), memory };
        self.drive(name, &object, &mut call.machine).await
    }
}

/// A call for a lock. When it ends, however it does, a tenure that it may leave behind is noted.
struct Call<'a> {
    machine: Acquire,
    memory: &'a Memory,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Some(lease) = self.machine.possible_tenure() {
            self.memory.abandon(lease);
        }
    }
}

/// Abandoned tenures that are not released yet; they are noted again if the call is dropped.
struct Abandoned<'a> {
    left: Vec<Lease>,
    memory: &'a Memory,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.left.drain(..).for_each(|lease| self.memory.abandon(lease));
    }
}
