//! What an instance remembers of the locks it used: hints that save requests or waiting. Nothing of it is needed: an
//! instance without it does the same with more requests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use super::acquire::Known;
use super::lease::Lease;
use super::record::Owner;

/// So many locks are remembered; certmagic uses one for each name it gets a certificate for.
const MOST: usize = 1024;

/// The memory of one instance.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    owner: Cell<Option<Owner>>,
    /// The end of the log that the instance's own release made.
    released: RefCell<BTreeMap<String, Known>>,
    /// How long a log was, and how long a lease in it lasts.
    seen: RefCell<BTreeMap<String, (u64, u32)>>,
    /// Tenures that calls may have begun that ended without knowing.
    abandoned: RefCell<Vec<Lease>>,
    /// Until when writes under a lease may still be taken by OSS: of those in flight or without an answer.
    writes: RefCell<Vec<Write>>,
    last_write: Cell<u64>,
}

#[derive(Clone, Debug)]
struct Write {
    id: u64,
    name: String,
    token: u64,
    until: Duration,
    ends: u64,
}

impl Memory {
    /// Who this instance is.
    pub(crate) fn owner(&self, draw: impl Fn() -> u64) -> Owner {
        let owner = self.owner.get().unwrap_or_else(|| Owner(u128::from(draw()) << 32 | u128::from(draw() >> 32)));
        self.owner.set(Some(owner));
        owner
    }

    pub(crate) fn take_released(&self, name: &str) -> Option<Known> {
        self.released.borrow_mut().remove(name)
    }

    pub(crate) fn set_released(&self, name: &str, known: Known) {
        put(&mut self.released.borrow_mut(), name, known);
    }

    pub(crate) fn seen(&self, name: &str) -> Option<(u64, u32)> {
        self.seen.borrow().get(name).copied()
    }

    pub(crate) fn set_seen(&self, name: &str, seen: Option<(u64, u32)>) {
        match seen.filter(|(length, _)| *length > 0) {
            Some(seen) => put(&mut self.seen.borrow_mut(), name, seen),
            None => drop(self.seen.borrow_mut().remove(name)),
        }
    }

    /// Notes a tenure that may have begun without a holder.
    pub(crate) fn abandon(&self, lease: Lease) {
        let mut abandoned = self.abandoned.borrow_mut();
        if abandoned.len() < MOST {
            abandoned.push(lease);
        }
    }

    /// The abandoned tenures of one lock, or of all.
    pub(crate) fn take_abandoned(&self, name: Option<&str>) -> Vec<Lease> {
        let is_asked = |lease: &mut Lease| name.is_none_or(|name| lease.name == name);
        self.abandoned.borrow_mut().extract_if(.., is_asked).collect()
    }

    /// Notes a write that OSS may take until a moment of the monotonic clock, and until a time of its own.
    pub(crate) fn write_begins(&self, lease: &Lease, until: Duration, ends: u64) -> u64 {
        let id = self.last_write.get().wrapping_add(1);
        self.last_write.set(id);
        let mut writes = self.writes.borrow_mut();
        if writes.len() >= MOST {
            // Those of leases that nobody releases.
            writes.remove(0);
        }
        writes.push(Write { id, name: lease.name.clone(), token: lease.token, until, ends });
        id
    }

    /// Every copy of the write was answered.
    pub(crate) fn write_ends(&self, id: u64) {
        self.writes.borrow_mut().retain(|write| write.id != id);
    }

    /// The writes under a lease that may still be taken: until when by this side's clock, and until when by OSS's.
    pub(crate) fn open_writes(&self, lease: &Lease) -> Option<(Duration, u64)> {
        let writes = self.writes.borrow();
        let mut of_lease = writes.iter().filter(|write| write.name == lease.name && write.token == lease.token);
        let first = of_lease.next()?;
        Some(
            of_lease
                .fold((first.until, first.ends), |(until, ends), write| (until.max(write.until), ends.max(write.ends))),
        )
    }

    /// OSS takes no writes any more that had to be there by a time of its own.
    pub(crate) fn writes_ended(&self, date: u64) {
        self.writes.borrow_mut().retain(|write| write.ends > date);
    }
}

fn put<V>(map: &mut BTreeMap<String, V>, name: &str, value: V) {
    if map.len() >= MOST && !map.contains_key(name) {
        map.pop_first();
    }
    map.insert(name.to_owned(), value);
}
