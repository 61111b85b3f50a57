//! What must hold after every step, whatever happens: section by section what the lock promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ossicle_guest::lock::record::FLAG_TAKEN_OVER;
use ossicle_guest::lock::{Lease, Record, RecordKind};

use crate::oss::{Change, SECOND};
use crate::world::{Node, World};

/// A caller of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    pub process: usize,
    pub caller: usize,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "caller {} of process {}", self.caller, self.process)
    }
}

/// One who believes to hold a lock.
struct Belief {
    holder: Holder,
    node: Node,
    name: usize,
    token: u64,
    /// On the node's clock, in microseconds.
    deadline: u64,
}

/// A log as it truly is.
#[derive(Default)]
struct Log {
    records: Vec<(Record, u64)>,
    greatest: u64,
}

/// The truth about a run, gathered from what OSS did and from what calls returned.
pub struct Facts {
    objects: Vec<String>,
    logs: Vec<Log>,
    counters: Vec<(u64, u64)>,
    beliefs: Vec<Belief>,
    /// Tenures, by name and token, under which a write failed that certainly had no effect and never will.
    unwritten: BTreeSet<(usize, u64)>,
    /// Whether clocks run so wrong that only OSS can keep order.
    pub wild_clocks: bool,
    pub stale: bool,
    pub tenures: u64,
    pub takeovers: u64,
    pub writes: u64,
    pub violation: Option<String>,
}

impl Facts {
    pub fn new(objects: Vec<String>) -> Self {
        let count = objects.len();
        Self {
            objects,
            logs: (0..count).map(|_| Log::default()).collect(),
            counters: vec![(0, 0); count],
            beliefs: Vec::new(),
            unwritten: BTreeSet::new(),
            wild_clocks: false,
            stale: false,
            tenures: 0,
            takeovers: 0,
            writes: 0,
            violation: None,
        }
    }

    fn fail(&mut self, message: String) {
        self.violation.get_or_insert(message);
    }

    /// After every step.
    pub fn check(&mut self, world: &World) {
        let changes = world.oss(|oss| std::mem::take(&mut oss.changes));
        for change in changes {
            match change {
                Change::Append { object, position, bytes } => self.appended(&object, position, &bytes, world.now()),
                Change::Put { object, bytes } => self.put(&object, &bytes),
                Change::Delete { object } => self.fail(format!("somebody deleted {object}")),
            }
        }
        self.one_holder();
    }

    /// At no moment do two holders trust a lease of one lock.
    fn one_holder(&mut self) {
        if self.wild_clocks || self.beliefs.len() < 2 {
            return;
        }
        let mut holders: BTreeMap<usize, (Holder, u64)> = BTreeMap::new();
        let mut two = None;
        for belief in self.beliefs.iter().filter(|belief| belief.node.clock() < belief.deadline) {
            if let Some(other) = holders.insert(belief.name, (belief.holder, belief.token)) {
                two = Some(format!(
                    "two holders: {} with token {} and {} with token {}",
                    other.0, other.1, belief.holder, belief.token
                ));
            }
        }
        if let Some(two) = two {
            self.fail(two);
        }
    }

    fn appended(&mut self, object: &str, position: u64, bytes: &[u8], now: u64) {
        let Some(name) = self.objects.iter().position(|other| other == object) else { return };
        let Ok(record) = Record::parse(bytes) else { return self.fail(format!("{object}: no record at {position}")) };
        let log = &mut self.logs[name];
        let before = log.records.last().copied();
        log.records.push((record, now));
        let greatest = log.greatest;
        log.greatest = greatest.max(record.token);
        if record.position != position {
            return self.fail(format!("a record for {} landed at {position}", record.position));
        }
        let tenure = before.filter(|(before, _)| before.kind != RecordKind::Release);
        match (record.kind, tenure) {
            (RecordKind::Acquire, _) if record.token <= greatest => {
                self.fail(format!("token {} after {greatest}", record.token));
            }
            (RecordKind::Acquire, Some((before, landed))) => {
                if now < landed + u64::from(before.ttl) * SECOND {
                    self.fail(format!("an acquire landed on the live lease with token {}", before.token));
                }
                self.takeovers += 1;
            }
            (RecordKind::Acquire, None) => {}
            (kind, Some((before, _))) if record.is_of(before.owner, before.token) => {
                let believer = self.beliefs.iter().find(|belief| (belief.name, belief.token) == (name, record.token));
                if let (RecordKind::Release, Some(belief)) = (kind, believer) {
                    let message =
                        format!("the lock of {} with token {} was released under it", belief.holder, record.token);
                    self.fail(message);
                }
            }
            _ => self.fail(format!("{:?} with token {} landed on another tenure", record.kind, record.token)),
        }
    }

    /// Values are `token count`, each one more than the last; the token must be that of the latest tenure.
    fn put(&mut self, object: &str, bytes: &[u8]) {
        let Some(name) = object.strip_prefix("data/").and_then(|name| name.parse::<usize>().ok()) else { return };
        let (token, count) = read_counter(bytes);
        self.writes += 1;
        if self.unwritten.contains(&(name, token)) {
            return self.fail(format!("a write with token {token} was taken that was said to have had no effect"));
        }
        if token != self.logs[name].greatest {
            let latest = self.logs[name].greatest;
            return self.fail(format!("a stale write with token {token} was taken after {latest} acquired"));
        }
        let last = self.counters[name];
        if (token, count) != last && count != last.1 + 1 {
            return self.fail(format!("an increment was lost: {count} after {}", last.1));
        }
        self.counters[name] = (token, count);
    }

    /// A call returned a lease.
    pub fn holds(&mut self, holder: Holder, node: &Node, name: usize, lease: &Lease, is_new: bool) {
        let log = &self.logs[name];
        let begins = |record: &Record| record.kind == RecordKind::Acquire && record.token == lease.token;
        let Some((first, _)) = log.records.iter().find(|(record, _)| begins(record)) else {
            return self.fail(format!("{holder} got token {} that no acquire has", lease.token));
        };
        if first.owner != lease.owner || first.nonce != lease.mark.nonce {
            return self.fail(format!("{holder} took another call's tenure {} for its own", lease.token));
        }
        if lease.taken_over != (first.flags & FLAG_TAKEN_OVER != 0) {
            return self.fail(format!("the lease with token {} forgot whether it was taken over", lease.token));
        }
        let at = usize::try_from(lease.mark.length / 128).unwrap();
        if !log.records.get(at - 1).is_some_and(|(record, _)| record.is_of(lease.owner, lease.token)) {
            return self.fail(format!("the lease with token {} stands on another's record", lease.token));
        }
        self.tenures += u64::from(is_new);
        self.lets_go(holder, name);
        self.beliefs.push(Belief {
            holder,
            node: node.clone(),
            name,
            token: lease.token,
            deadline: u64::try_from(lease.deadline.as_micros()).unwrap(),
        });
    }

    /// A caller no longer relies on a lock.
    pub fn lets_go(&mut self, holder: Holder, name: usize) {
        self.beliefs.retain(|belief| (belief.holder, belief.name) != (holder, name));
    }

    /// A write under a lease failed, and its error says that it had no effect and never will.
    pub fn not_written(&mut self, name: usize, lease: &Lease) {
        if self.counters[name].0 == lease.token {
            return self
                .fail(format!("a write with token {} was taken, but its error says that it was not", lease.token));
        }
        self.unwritten.insert((name, lease.token));
    }

    /// A process ended.
    pub fn crashed(&mut self, process: usize) {
        self.beliefs.retain(|belief| belief.holder.process != process);
    }

    /// A call said that a lease is lost.
    pub fn lost(&mut self, name: usize, lease: &Lease) {
        let over = self.logs[name].records.iter().any(|(record, _)| {
            record.token > lease.token || record.token == lease.token && record.kind == RecordKind::Release
        });
        if !over && !self.stale {
            self.fail(format!("the lease with token {} was said to be lost, but it is not", lease.token));
        }
    }

    /// A call said that it released a lease.
    pub fn released(&mut self, name: usize, lease: &Lease) {
        let is_release = |record: &Record| record.kind == RecordKind::Release && record.is_of(lease.owner, lease.token);
        if !self.logs[name].records.iter().any(|(record, _)| is_release(record)) {
            self.fail(format!("the lease with token {} was said to be released, but it is not", lease.token));
        }
    }
}

pub fn read_counter(bytes: &[u8]) -> (u64, u64) {
    let text = std::str::from_utf8(bytes).unwrap();
    let (token, count) = text.split_once(' ').unwrap_or(("0", "0"));
    (token.parse().unwrap(), count.parse().unwrap())
}
