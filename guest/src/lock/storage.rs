//! The lock functions of a storage.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::acquire::{Acquire, Wish};
use super::error::LockError;
use super::lease::{Lease, Mark};
use super::machine::Append;
use super::memory::Memory;
use super::options::GRACE;
use super::record::RECORD_LENGTH;
use super::release::{Release, Unlocked};
use super::renew::Renew;
use super::rule::Rule;
use super::verdict::unknown_holder;
use crate::cert::Storage;
use crate::checksum::Crc64;
use crate::key::ObjectName;
use crate::ports::Ports;

/// How often to look whether a write in flight has ended.
const LOOK_AT_WRITES: Duration = Duration::from_millis(250);

impl<P: Ports> Storage<P> {
    /// Gets a lock, waiting for its holder until a limit. 2 requests for a free lock, 1 when this instance released it
    /// last; while it waits, 1 for each look. With the interlock, see [`super::interlock`] for what it takes besides.
    ///
    /// Calls of one instance that want the same lock stand in line. Dropping the call at any point leaves nothing behind
    /// but perhaps a tenure without a holder, which [`Storage::settle`] or the next call for the lock ends, or its time.
    ///
    /// # Errors
    /// [`LockError::Held`] when the wait is over; [`LockError::Failed`] when it can't be found out who holds it, when OSS
    /// refuses, or when the lock's object is none that can be used.
    pub async fn lock(&self, name: &str, wait: Duration) -> Result<Lease, LockError> {
        let limit = self.client.ports.monotonic().saturating_add(wait);
        let place = self.locks.queue.enter(name);
        let in_time = {
            let turn = pin!(place.turn(&self.client.ports));
            let alarm = pin!(self.client.ports.sleep(wait));
            matches!(select(turn, alarm).await, Either::Left(_))
        };
        if in_time {
            let acquiring = pin!(self.acquire_with_interlock(name, limit));
            let stopped = pin!(place.stopped(&self.client.ports));
            if let Either::Left((result, _)) = select(acquiring, stopped).await {
                return result;
            }
        }
        // What was on its way may have begun a tenure. If that can't be ended, it is waited for like any other.
        drop(self.settle_some(Some(name)).await);
        Err(LockError::Held { name: name.to_owned(), holder: unknown_holder(Duration::ZERO) })
    }

    /// Ends the waits of all calls of [`Storage::lock`] for a name: they fail with [`LockError::Held`]. For hosts that
    /// can't drop a call.
    pub fn stop_waiting(&self, name: &str) {
        self.locks.queue.stop(name);
    }

    /// Gets a lock if it can be had now: never waits for a holder. Requests as [`Storage::lock`].
    ///
    /// # Errors
    /// As [`Storage::lock`].
    pub async fn try_lock(&self, name: &str) -> Result<Lease, LockError> {
        self.acquire_with_interlock(name, self.client.ports.monotonic()).await
    }

    /// Renews a lease for its whole time from now on, which is at least as long as it would still have lasted. It may be
    /// tried on a lease that has run out: if it succeeds, nobody had the lock meanwhile. 1 request.
    ///
    /// A lease never lasts longer than the option `lease` says, whatever `at_least` asks for, or a holder that crashed
    /// would block the lock for so long. Who needs it longer renews it every [`Lease::renewal_period`].
    ///
    /// # Errors
    /// [`LockError::Lost`] when the tenure has ended; [`LockError::Failed`] when that could not be found out: try again.
    pub async fn renew(&self, lease: &Lease, at_least: Duration) -> Result<Lease, LockError> {
        // Each renewal gives all that there is to give.
        let _ = at_least;
        let object = self.lock_object(&lease.name)?;
        let limit = self.client.ports.monotonic().saturating_add(self.locks.settings.patience());
        let settings = self.locks.settings.clone();
        let mut machine = Renew::new(object.as_str().to_owned(), lease.clone(), limit, settings);
        let mut renewed = self.drive(&lease.name, &object, &mut machine).await?;
        if let Some(interlock) = &self.locks.settings.interlock {
            renewed.interlock = Some(self.refresh(&renewed, interlock).await?);
        }
        self.locks.memory.set_seen(&lease.name, Some((renewed.mark.length, renewed.mark.ttl)));
        Ok(renewed)
    }

    /// Releases a lease. Waits first for writes under it whose outcome is open, until OSS takes them no more. 1 request.
    ///
    /// # Errors
    /// [`LockError::Failed`] when it could not be found out whether it was released; the lock is then free in the lease's
    /// time at the latest.
    pub async fn unlock(&self, lease: &Lease) -> Result<Unlocked, LockError> {
        self.leave(lease).await;
        if self.locks.settings.keeps(Rule::ReleaseWaits) {
            self.outwait_writes(lease).await?;
        }
        self.release(lease, 0).await
    }

    /// Waits until no write under a lease can be taken any more: by this side's clock first, and then, because that may
    /// run fast, by a look at OSS's. 1 request where it had to wait.
    async fn outwait_writes(&self, lease: &Lease) -> Result<(), LockError> {
        while let Some((until, ends)) = self.locks.memory.open_writes(lease) {
            let left = until.saturating_sub(self.client.ports.monotonic());
            if !left.is_zero() {
                // They may be answered meanwhile.
                self.client.ports.sleep(left.min(LOOK_AT_WRITES)).await;
                continue;
            }
            let object = self.lock_object(&lease.name)?;
            // Without a date there is only this side's clock.
            let date = self.read_tail(&lease.name, &object).await?.date.unwrap_or(u64::MAX);
            let left = ends.saturating_add(GRACE.as_secs()).saturating_sub(date);
            if left == 0 {
                self.locks.memory.writes_ended(date.saturating_sub(GRACE.as_secs()));
            } else {
                self.client.ports.sleep(Duration::from_secs(left)).await;
            }
        }
        Ok(())
    }

    /// Ends the tenures that dropped calls of this instance may have begun, so that nobody waits for their time to pass. For
    /// after a call of [`Storage::lock`] was cancelled; the next call for the same lock does it as well.
    ///
    /// # Errors
    /// As [`Storage::unlock`].
    pub async fn settle(&self) -> Result<(), LockError> {
        self.settle_some(None).await
    }

    async fn settle_some(&self, name: Option<&str>) -> Result<(), LockError> {
        let mut abandoned = Abandoned { left: self.locks.memory.take_abandoned(name), memory: &self.locks.memory };
        while let Some(lease) = abandoned.left.last().cloned() {
            let object = self.lock_object(&lease.name)?;
            let limit = self.client.ports.monotonic().saturating_add(self.locks.settings.patience());
            let settings = self.locks.settings.clone();
            let machine = Release::of_doubtful(object.as_str().to_owned(), lease.clone(), limit, settings);
            self.run_release(&lease, &object, machine).await?;
            abandoned.left.pop();
        }
        Ok(())
    }

    pub(super) async fn release(&self, lease: &Lease, flags: u32) -> Result<Unlocked, LockError> {
        let object = self.lock_object(&lease.name)?;
        let limit = self.client.ports.monotonic().saturating_add(self.locks.settings.patience() * 2);
        let settings = self.locks.settings.clone();
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
            self.locks.memory.set_released(&lease.name, end);
            self.locks.memory.set_seen(&lease.name, Some((end.length, lease.mark.ttl)));
        }
        Ok(unlocked)
    }

    pub(super) async fn acquire(&self, name: &str, limit: Duration) -> Result<Lease, LockError> {
        let object = self.lock_object(name)?;
        // If that fails, the tenure is waited for like any other.
        drop(self.settle_some(Some(name)).await);
        let memory = &self.locks.memory;
        let wish = Wish {
            name: name.to_owned(),
            object: object.as_str().to_owned(),
            owner: memory.owner(|| self.client.ports.random_u64()),
            limit,
            released: memory.take_released(name),
            seen: memory.seen(name),
        };
        let mut call = Call { name, machine: Acquire::new(wish, self.locks.settings.clone()), memory };
        self.drive(name, &object, &mut call.machine).await
    }
}

/// A call for a lock: however it ends, what it learnt and what it may leave behind is noted.
struct Call<'a> {
    name: &'a str,
    machine: Acquire,
    memory: &'a Memory,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.memory.set_seen(self.name, self.machine.seen());
        if let Some(append) = self.machine.open() {
            self.memory.abandon(tenure(self.name, append));
        }
    }
}

/// Tenures still to be ended.
struct Abandoned<'a> {
    left: Vec<Lease>,
    memory: &'a Memory,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.left.drain(..).for_each(|lease| self.memory.abandon(lease));
    }
}

/// The lease that an append gives if it lands.
fn tenure(name: &str, append: &Append) -> Lease {
    let record = &append.record;
    let mut whole = Crc64::after(append.before);
    whole.update(&append.bytes);
    Lease {
        name: name.to_owned(),
        owner: record.owner,
        token: record.token,
        taken_over: false,
        deadline: Duration::ZERO,
        mark: Mark {
            ttl: record.ttl,
            acquired: record.acquired,
            nonce: record.nonce,
            length: record.position.saturating_add(RECORD_LENGTH),
            crc64: whole.value(),
            previous: record.crc(),
            since: 0,
        },
        interlock: None,
    }
}
