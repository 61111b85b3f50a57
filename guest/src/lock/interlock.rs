//! Keeps out a fleet that still runs the Go module, while both are in use.
//!
//! That module's lock is the object `<name>.lock`: a process that does not find it creates it, and one that finds it
//! older than the module's expiration deletes it. So a holder of the lock here keeps an object of that name. It is made
//! by appending, which distinguishes it from the objects of the Go module, and every change of it but the last is a
//! compare-and-set:
//!
//! * It creates the object, waits until no Go process can be about to delete it (the option `settle`), and appends: if
//!   that succeeds, nobody deleted it.
//! * Each renewal appends. One that comes too late does not count: a Go process may have seen the object expired.
//! * To release the lock, it deletes the object by one request that OSS performs only before anybody else can have the
//!   lock, and releases the lock once there is a response or the request can't take effect any more.
//!
//! This guarantees less than the lock alone does: a holder here and one of the Go module never overlap as long as Go
//! processes delete within `settle` of reading, none works longer than the expiration, and they do not break their own
//! lock, which they can. An object that a Go process left is not deleted here: a Go process, or an operator, must do
//! that. It is better to stop all Go processes, wait for the expiration, and start again without the interlock.
//!
//! If versioning is, or once was, enabled, the Go module has no lock at all, so the interlock is refused.
//!
//! Acquiring a lock takes 2 more requests and the time `settle`, a renewal 1 more, a release 1 more. The locks' names
//! must be keys.

use std::time::Duration;

use bytes::Bytes;

use super::driver::code;
use super::error::LockError;
use super::guarded::Write;
use super::lease::{InterlockMark, Lease};
use super::locks::Locks;
use super::memory::Subject;
use super::options::Interlock;
use super::poll::Poll;
use super::verdict::unknown_holder;
use crate::checksum::Crc64;
use crate::error::{Error, ErrorKind};
use crate::key::{Key, ObjectName};
use crate::oss::{Appending, Window};
use crate::ports::Ports;

/// The margin before the expiration.
const MARGIN: Duration = Duration::from_secs(60);
/// More than the length of a line.
const LINE: u64 = 128;
/// How often the object is read to find out whether a line was appended whose response was lost.
const MAX_READS: u32 = 4;

/// Why a line could not be appended.
enum Obstacle {
    /// The object was deleted, or others created one.
    Changed,
    /// There is an object of the Go module.
    Go,
    Failed(Error),
}

impl<P: Ports> Locks<P> {
    /// Acquires the lock and then, if the interlock is enabled, keeps Go processes out.
    pub(super) async fn acquire_with_interlock(&self, name: &str, limit: Duration) -> Result<Lease, LockError> {
        let lease = self.acquire(name, limit).await?;
        let Some(interlock) = self.local.settings.interlock else { return Ok(lease) };
        // If this call is dropped, the next call that releases abandoned tenures ends this one.
        let mut entering = Entering { locks: self, lease, is_inside: false };
        match self.enter(&mut entering.lease, &interlock, limit).await {
            Ok(()) => {
                entering.is_inside = true;
                Ok(entering.lease.clone())
            }
            Err(error) => {
                let lease = entering.lease.clone();
                if self.unlock(&lease).await.is_ok() {
                    entering.is_inside = true;
                }
                Err(error)
            }
        }
    }

    async fn enter(&self, lease: &mut Lease, interlock: &Interlock, limit: Duration) -> Result<(), LockError> {
        let object = self.go_object(&lease.name)?;
        let mut poll = Poll::new(self.local.settings.poll_min, self.local.settings.poll_max);
        loop {
            match self.claim_object(lease, &object, interlock).await? {
                Ok(()) => return Ok(()),
                Err(Obstacle::Failed(error)) => return Err(error.into()),
                Err(Obstacle::Changed) => {}
                Err(Obstacle::Go) => {
                    let left = limit.saturating_sub(self.client.ports.monotonic());
                    if left.is_zero() {
                        let holder = unknown_holder(Duration::ZERO);
                        return Err(LockError::Held { name: lease.name.clone(), holder });
                    }
                    let pause = poll.pause(left, self.client.ports.random_u64());
                    self.hold_for(lease, pause.min(left)).await?;
                }
            }
        }
    }

    /// Claims the Go module's lock object: makes it, or takes one over that this version left behind, and waits until no Go
    /// process can be about to delete it.
    async fn claim_object(
        &self,
        lease: &mut Lease,
        object: &ObjectName,
        interlock: &Interlock,
    ) -> Result<Result<(), Obstacle>, LockError> {
        let mut mark = match self.put_line(lease, object, None).await {
            Ok(mark) => mark,
            Err(obstacle) => return Ok(Err(obstacle)),
        };
        loop {
            self.hold_for(lease, interlock.settle).await?;
            let next = match self.put_line(lease, object, Some(mark)).await {
                Ok(next) => next,
                Err(obstacle) => return Ok(Err(obstacle)),
            };
            let is_late = is_late(&mark, &next, interlock);
            mark = next;
            if !is_late {
                lease.interlock = Some(mark);
                return Ok(Ok(()));
            }
        }
    }

    /// Waits, and renews the lock meanwhile.
    async fn hold_for(&self, lease: &mut Lease, length: Duration) -> Result<(), LockError> {
        let until = self.client.ports.monotonic().saturating_add(length);
        loop {
            let now = self.client.ports.monotonic();
            if lease.time_left(now) < lease.renewal_period() * 3 / 2 {
                let object = self.lock_object(&lease.name)?;
                let limit = now.saturating_add(self.local.settings.resolve_timeout());
                let settings = self.local.settings.clone();
                let mut machine = super::renew::Renew::new(object.as_str().to_owned(), lease.clone(), limit, settings);
                *lease = self.drive(&lease.name.clone(), &object, &mut machine).await?;
            }
            let left = until.saturating_sub(self.client.ports.monotonic());
            if left.is_zero() {
                return Ok(());
            }
            self.client.ports.sleep(left.min(lease.renewal_period())).await;
        }
    }

    /// Appends a line for a lease that is held.
    ///
    /// # Errors
    /// [`LockError::Lost`] when a Go process may have the lock.
    pub(super) async fn refresh(&self, lease: &Lease, interlock: &Interlock) -> Result<InterlockMark, LockError> {
        let lost =
            |reason: &str| LockError::Lost { name: lease.name.clone(), token: lease.token, reason: reason.to_owned() };
        let object = self.go_object(&lease.name)?;
        let Some(mark) = lease.interlock else { return Err(lost("it was got without the interlock")) };
        match self.put_line(lease, &object, Some(mark)).await {
            Ok(next) if is_late(&mark, &next, interlock) => Err(lost("a Go process may have seen it expired")),
            Ok(next) => Ok(next),
            Err(Obstacle::Changed | Obstacle::Go) => Err(lost("a Go process deleted its object")),
            Err(Obstacle::Failed(error)) => Err(error.into()),
        }
    }

    /// Deletes the object if it certainly is this holder's; otherwise it is left to be taken over or to expire. The
    /// release that follows waits for the outcome.
    pub(super) async fn leave(&self, lease: &Lease) {
        let (Some(mark), Some(interlock)) = (lease.interlock, self.local.settings.interlock) else { return };
        let (Some(log), Ok(object)) = (lease.window(), self.go_object(&lease.name)) else { return };
        let mine = mark.since.saturating_add(interlock.expiration.saturating_sub(MARGIN).as_secs());
        let window = Window { seconds: log.end().min(mine).saturating_sub(log.from), ..log };
        if window.seconds == 0 || mark.since == 0 {
            return;
        }
        let until = self.client.ports.monotonic().saturating_add(Duration::from_secs(window.seconds + 2));
        let mut write = Write::begin(&self.local.memory, lease, Subject::Interlock, until, window.end());
        let deleted = self.client.delete_object_in(&lease.name, &object, Some(window.into())).await;
        write.is_open = deleted.is_err_and(|error| error.undecided);
    }

    /// Appends one line after a known one, or to any object that Ossicle made.
    async fn put_line(
        &self,
        lease: &Lease,
        object: &ObjectName,
        behind: Option<InterlockMark>,
    ) -> Result<InterlockMark, Obstacle> {
        let mut place = behind.unwrap_or_default();
        let mut reads = 0;
        loop {
            let nonce = self.client.ports.random_u64();
            let line = Bytes::from(format!("OSSICLE {} {:016x} {nonce:016x}\n", lease.owner, lease.token));
            let how = Appending { within: Some(self.local.settings.request()), ..Appending::default() };
            let before = Crc64::after(place.crc64);
            let sent = self.client.ports.monotonic();
            let name = lease.name.as_str();
            let result =
                self.client.append_object_as(name, object, place.length, Some(&before), line.clone(), how).await;
            let error = match result {
                Ok(done) if done.versioned => return Err(Obstacle::Failed(self.versioned(name))),
                Ok(done) => {
                    let took = self.client.ports.monotonic().saturating_sub(sent).as_secs().saturating_add(2);
                    let since = done.date.unwrap_or(0).saturating_sub(took);
                    return Ok(InterlockMark { length: done.next_position, crc64: done.crc64, since });
                }
                Err(error) => error,
            };
            let changed = code(&error) == "PositionNotEqualToLength";
            if code(&error) == "ObjectNotAppendable" {
                return Err(if behind.is_some() { Obstacle::Changed } else { Obstacle::Go });
            }
            if !changed && !error.undecided && !error.retryable || reads >= MAX_READS {
                return Err(Obstacle::Failed(error));
            }
            reads += 1;
            let within = Some(self.local.settings.request());
            let seen = match self.client.get_object_tail(name, object, LINE, within).await {
                Ok(seen) => seen,
                Err(error) => return Err(Obstacle::Failed(error)),
            };
            if seen.versioned {
                return Err(Obstacle::Failed(self.versioned(name)));
            }
            match seen.object_type.as_deref() {
                Some("Appendable") => {}
                None if behind.is_none() => {}
                None => return Err(Obstacle::Changed),
                Some(_) if behind.is_some() => return Err(Obstacle::Changed),
                Some(_) => return Err(Obstacle::Go),
            }
            // A holder that has just acquired the lock may continue any object that Ossicle made; one that has waited
            // since only its own.
            let own = format!("OSSICLE {} {:016x} ", lease.owner, lease.token);
            let last = seen.bytes.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next());
            let is_own = last.is_some_and(|line| line.starts_with(own.as_bytes()));
            if behind.is_some() && seen.state.size != place.length && (!is_own || seen.state.size < place.length) {
                return Err(Obstacle::Changed);
            }
            if reads > 1 && !changed {
                self.client.ports.sleep(self.local.settings.request() / 4).await;
            }
            place = InterlockMark { length: seen.state.size, crc64: seen.crc64, since: 0 };
        }
    }

    fn go_object(&self, name: &str) -> Result<ObjectName, Error> {
        let invalid = |problem: crate::key::InvalidKey| Error::new(ErrorKind::InvalidKey, name, problem.to_string());
        let key = Key::parse(&[name, ".lock"].concat()).map_err(invalid)?;
        self.client.settings().root.object(&key).map_err(invalid)
    }

    fn versioned(&self, name: &str) -> Error {
        let message = "the interlock can't work where versioning is on or once was: the Go module has no lock there. Stop \
                       its processes and turn the interlock off";
        Error::new(ErrorKind::Unsupported, name, message)
    }
}

/// Whether a Go process may have seen the object expired between two lines. A late copy of a line counts by when its
/// response says that it was appended, so this may be true without need but is never false wrongly.
fn is_late(before: &InterlockMark, after: &InterlockMark, interlock: &Interlock) -> bool {
    let gap = after.since.saturating_add(4).saturating_sub(before.since);
    before.since == 0 || after.since == 0 || gap >= interlock.expiration.saturating_sub(MARGIN).as_secs()
}

/// A holder of the lock that has not claimed the lock object yet.
struct Entering<'a, P: Ports> {
    locks: &'a Locks<P>,
    lease: Lease,
    is_inside: bool,
}

impl<P: Ports> Drop for Entering<'_, P> {
    fn drop(&mut self) {
        if !self.is_inside {
            self.locks.local.memory.abandon(self.lease.clone());
        }
    }
}
