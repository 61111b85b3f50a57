//! Who holds how many bytes, who waits for more, and who gets them: without I/O or time.
//!
//! An upload takes more room as its content comes, and gives some back as parts are stored. Were room simply given to whoever
//! asks first, many uploads could each hold a part and wait for another one for ever. So everyone says beforehand with how
//! much it can come to its end, and nothing is given that would leave nobody who can (the banker's algorithm).
//!
//! Short calls have an eighth of the room for themselves and never wait behind others; the rest goes first to those who have
//! begun, then to those who have not, in the order in which they came, and then to those who can use more than they need.

use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;

/// Names a reservation.
pub(super) type Id = u64;

/// A call that holds at most so many bytes is short.
const SHORT: u64 = 1 << 20;

#[derive(Debug)]
struct Account {
    held: u64,
    /// With so much it can come to its end.
    most: u64,
    /// More than `held` while it waits.
    wants: u64,
    waker: Option<Waker>,
    /// Its call runs, and others may wait for it.
    has_begun: bool,
}

#[derive(Debug)]
pub(super) struct Ledger {
    total: u64,
    /// As much of it as those may have who are not short.
    bulk: u64,
    held: u64,
    held_by_bulk: u64,
    accounts: BTreeMap<Id, Account>,
    next: Id,
    /// Those who have begun and wait for more.
    growing: VecDeque<Id>,
    /// Those who have not begun.
    line: VecDeque<Id>,
    short_line: VecDeque<Id>,
    woken: Vec<Waker>,
}

impl Account {
    fn is_short(&self) -> bool {
        self.most <= SHORT
    }

    fn waits(&self) -> bool {
        self.wants > self.held
    }

    fn lacks(&self) -> u64 {
        self.wants.saturating_sub(self.held)
    }
}

impl Ledger {
    pub(super) fn new(total: u64) -> Self {
        Self {
            total,
            bulk: total - total / 8,
            held: 0,
            held_by_bulk: 0,
            accounts: BTreeMap::new(),
            next: 0,
            growing: VecDeque::new(),
            line: VecDeque::new(),
            short_line: VecDeque::new(),
            woken: Vec::new(),
        }
    }

    /// An account that holds nothing yet. Who needs more than there is needs all there is, and runs when nobody else holds
    /// any of it. `has_begun`: its call runs already.
    pub(super) fn open(&mut self, most: u64, has_begun: bool) -> Id {
        let id = self.next;
        self.next += 1;
        let most = most.min(self.bulk);
        self.accounts.insert(id, Account { held: 0, most, wants: 0, waker: None, has_begun });
        id
    }

    /// Those who got what they waited for since this was asked last.
    pub(super) fn woken(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.woken)
    }

    /// Asks for so many bytes in all. True once they are held; otherwise the waker is woken then. Whose instance has ended
    /// holds whatever it asks for.
    pub(super) fn ask(&mut self, id: Id, bytes: u64, waker: &Waker) -> bool {
        let bulk = self.bulk;
        let Some(account) = self.accounts.get_mut(&id) else { return true };
        let waited = account.waits();
        account.wants = bytes.min(bulk).max(account.held);
        account.waker = None;
        if account.waits() {
            if !waited {
                let line = match (account.has_begun, account.is_short()) {
                    (true, _) => &mut self.growing,
                    (false, true) => &mut self.short_line,
                    (false, false) => &mut self.line,
                };
                line.push_back(id);
            }
        } else if waited {
            self.leave_line(id);
        }
        self.settle();
        match self.accounts.get_mut(&id) {
            Some(account) if account.waits() => {
                account.waker = Some(waker.clone());
                false
            }
            _ => true,
        }
    }

    pub(super) fn stop_asking(&mut self, id: Id) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        account.wants = account.held;
        account.waker = None;
        self.leave_line(id);
        // Others may have waited behind it.
        self.settle();
    }

    /// Holds no more than so many bytes, and waits for no more.
    pub(super) fn reduce(&mut self, id: Id, bytes: u64) {
        let Some(account) = self.accounts.get_mut(&id) else { return };
        let back = account.held.saturating_sub(bytes);
        account.held -= back;
        self.held -= back;
        if !account.is_short() {
            self.held_by_bulk -= back;
        }
        let waited = account.waits();
        // Who waits for more than it now needs asks again when it is woken.
        account.wants = account.held;
        if waited {
            self.woken.extend(account.waker.take());
            self.leave_line(id);
        }
        self.settle();
    }

    /// The instance has ended: what was held is there again, and nobody waits any more.
    pub(super) fn end(&mut self) {
        let ended: Vec<Id> = self.accounts.keys().copied().collect();
        for id in ended {
            self.close(id);
        }
    }

    pub(super) fn close(&mut self, id: Id) {
        self.reduce(id, 0);
        self.accounts.remove(&id);
    }

    fn leave_line(&mut self, id: Id) {
        for line in [&mut self.growing, &mut self.line, &mut self.short_line] {
            line.retain(|other| *other != id);
        }
    }

    /// Gives out what can be given.
    fn settle(&mut self) {
        while let Some(id) = self.short_line.front().copied() {
            if !self.grant(id) {
                break;
            }
            self.short_line.pop_front();
        }
        // Those who need it to come to their end.
        if self.grow(|account| account.wants <= account.most) {
            return;
        }
        while let Some(id) = self.line.front().copied() {
            if !self.grant(id) {
                return;
            }
            self.line.pop_front();
        }
        // Those who can use more, while nobody waits to begin.
        self.grow(|_| true);
    }

    /// Gives what they want to some of those who have begun, as far as that goes. Whether one is left who still waits.
    fn grow(&mut self, which: impl Fn(&Account) -> bool) -> bool {
        let mut at = 0;
        let mut is_one_left = false;
        while let Some(id) = self.growing.get(at).copied() {
            if !self.accounts.get(&id).is_some_and(&which) {
                at += 1;
            } else if self.grant(id) {
                self.growing.remove(at);
            } else {
                is_one_left = true;
                at += 1;
            }
        }
        is_one_left
    }

    /// Gives an account what it wants, if that can be.
    fn grant(&mut self, id: Id) -> bool {
        let Some(account) = self.accounts.get(&id) else { return true };
        let more = account.lacks();
        let fits = self.held.saturating_add(more) <= self.total
            && (account.is_short()
                || self.held_by_bulk.saturating_add(more) <= self.bulk && self.is_safe(id, account.wants));
        if !fits {
            return false;
        }
        self.held += more;
        if let Some(account) = self.accounts.get_mut(&id) {
            if !account.is_short() {
                self.held_by_bulk += more;
            }
            account.held = account.wants;
            account.has_begun = true;
            self.woken.extend(account.waker.take());
        }
        true
    }

    /// Whether everyone who is not short can still come to its end, one after the other, when one of them holds so much.
    /// Short ones do so anyway.
    fn is_safe(&self, id: Id, holds: u64) -> bool {
        let held = |other: Id, account: &Account| if other == id { holds } else { account.held };
        let holders = self.accounts.iter().filter(|(_, account)| !account.is_short());
        let mut holders: Vec<(u64, u64)> = holders
            .map(|(other, account)| (held(*other, account), account.most))
            .filter(|(held, _)| *held > 0)
            .map(|(held, most)| (most.saturating_sub(held), held))
            .collect();
        holders.sort_unstable();
        let all: u64 = holders.iter().map(|(_, held)| held).sum();
        let mut there = self.bulk.saturating_sub(all);
        holders.into_iter().all(|(lacks, held)| {
            let can = lacks <= there;
            there += held;
            can
        })
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
