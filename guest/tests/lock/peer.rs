//! One process of a fleet: a node, its locks and its storage.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use ossicle_guest::config::{Config, Settings, TimeoutOptions};
use ossicle_guest::credentials::{CredentialSource, Credentials};
use ossicle_guest::lock::{
    Broken, Inspection, Lease, LockError, LockOptions, LockSettings, Record, RecordKind, Unlocked, Written,
};

use crate::oss::{Object, Versioning};
use crate::site::Site;
use crate::world::{Fate, Node, World};

pub const NAME: &str = "issue_cert_example.com";
pub const OBJECT: &str = "locks/v1/issue_cert_example.com";

pub fn settings() -> Settings {
    Config {
        bucket: "bucket".into(),
        region: "cn-hangzhou".into(),
        endpoint: None,
        addressing: None,
        secure: None,
        root: None,
        signature: None,
        credentials: CredentialSource::Static(Credentials {
            access_key_id: "ak".into(),
            access_key_secret: String::from("secret").into(),
            security_token: None,
        }),
        roles: Vec::new(),
        timeouts: TimeoutOptions::default(),
        attempts: None,
        acl: None,
    }
    .check()
    .unwrap()
}

/// Runs a test on a bucket that never was versioned, one that is, and one that was.
pub fn on_every_bucket(test: impl Fn(&World)) {
    for versioning in [Versioning::Never, Versioning::Enabled, Versioning::Suspended] {
        test(&World::new(1, versioning));
    }
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What happens to the next requests, in turn; all after them are fine.
pub fn script(world: &World, fates: impl IntoIterator<Item = Fate>) {
    let mut fates: std::collections::VecDeque<Fate> = fates.into_iter().collect();
    world.set_fate(move |_, _| fates.pop_front().unwrap_or_else(Fate::fine));
}

#[derive(Clone)]
pub struct Peer {
    pub node: Node,
    pub storage: Rc<Site>,
}

pub type Later<T> = Rc<RefCell<Option<T>>>;

impl Peer {
    pub fn new(world: &World) -> Self {
        Self::with(world, LockSettings::default())
    }

    pub fn with(world: &World, locks: LockSettings) -> Self {
        Self::on(&world.node(0, 0), locks)
    }

    pub fn leasing(world: &World, seconds: u64) -> Self {
        Self::with(world, LockOptions { lease: Some(seconds * 1000), ..LockOptions::default() }.check().unwrap())
    }

    pub fn on(node: &Node, locks: LockSettings) -> Self {
        Self { node: node.clone(), storage: Rc::new(Site::new(node, locks)) }
    }

    pub fn run<T: 'static>(&self, call: impl AsyncFnOnce(Rc<Site>) -> T + 'static) -> T {
        let storage = self.storage.clone();
        self.node.world().run(&self.node, async move { call(storage).await })
    }

    pub fn start<T: 'static>(&self, call: impl AsyncFnOnce(Rc<Site>) -> T + 'static) -> Later<T> {
        let storage = self.storage.clone();
        self.node.world().start(&self.node, async move { call(storage).await })
    }

    pub fn lock(&self, wait: u64) -> Result<Lease, LockError> {
        self.run(async move |storage| storage.lock(NAME, secs(wait)).await)
    }

    pub fn start_lock(&self, wait: u64) -> Later<Result<Lease, LockError>> {
        self.start(async move |storage| storage.lock(NAME, secs(wait)).await)
    }

    pub fn try_lock(&self) -> Result<Lease, LockError> {
        self.run(async move |storage| storage.try_lock(NAME).await)
    }

    pub fn renew(&self, lease: &Lease) -> Result<Lease, LockError> {
        let lease = lease.clone();
        self.run(async move |storage| storage.renew(&lease).await)
    }

    pub fn unlock(&self, lease: &Lease) -> Result<Unlocked, LockError> {
        let lease = lease.clone();
        self.run(async move |storage| storage.unlock(&lease).await)
    }

    pub fn start_unlock(&self, lease: &Lease) -> Later<Result<Unlocked, LockError>> {
        let lease = lease.clone();
        self.start(async move |storage| storage.unlock(&lease).await)
    }

    pub fn store_under(&self, lease: &Lease, key: &'static str, value: &'static str) -> Result<Written, LockError> {
        let lease = lease.clone();
        self.run(async move |storage| storage.store_under(&lease, key, Bytes::from(value)).await)
    }

    pub fn inspect(&self) -> Result<Inspection, LockError> {
        self.run(async move |storage| storage.inspect(NAME).await)
    }

    pub fn break_lock(&self, token: u64) -> Result<Broken, LockError> {
        self.run(async move |storage| storage.break_lock(NAME, token).await)
    }

    pub fn is_held(&self, lease: &Lease) -> bool {
        lease.is_held(Duration::from_micros(self.node.clock()))
    }
}

/// The records of a log.
pub fn records(object: &Object) -> Vec<Record> {
    object.data.chunks(128).map(|bytes| Record::parse(bytes).unwrap()).collect()
}

pub fn log(world: &World) -> Vec<Record> {
    world.oss(|oss| oss.objects.get(OBJECT).map(records).unwrap_or_default())
}

/// The kinds of the records of the log.
pub fn kinds(world: &World) -> String {
    let letter = |record: &Record| match record.kind {
        RecordKind::Acquire => 'A',
        RecordKind::Renew => 'N',
        RecordKind::Release => 'L',
    };
    log(world).iter().map(letter).collect()
}

pub fn is_held_error(result: &Result<Lease, LockError>) -> bool {
    matches!(result, Err(LockError::Held { .. }))
}

pub fn is_lost<T>(result: &Result<T, LockError>) -> bool {
    matches!(result, Err(LockError::Lost { .. }))
}

pub fn failure<T: std::fmt::Debug>(result: Result<T, LockError>) -> ossicle_guest::error::Error {
    match result {
        Err(LockError::Failed(error)) => error,
        other => panic!("no failure: {other:?}"),
    }
}
