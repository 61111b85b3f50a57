//! A bucket, its keys, and who writes and reads them.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use ossicle_guest::cert::Storage;
use ossicle_guest::encryption::{ClearValues, Encryption, EncryptionOptions, Form, KeySet, Template};
use ossicle_guest::error::Error;
use ossicle_guest::lock::{Lease, LockError, Written};

use super::broken;
use crate::oss::{Request, SECOND, Versioning};
use crate::peer::{Later, Peer, settings};
use crate::site::Site;
use crate::world::{Fate, Node, World};

pub const KEYS: [&str; 3] = ["d/a.crt", "d/a.json", "d/a.key"];

/// What a key has: the text of its value.
pub type Seen = Vec<Option<String>>;

/// The values of a set, each with its number and key in it.
pub fn set(number: u64) -> Vec<(String, Bytes)> {
    KEYS.map(|key| (key.to_owned(), Bytes::from(format!("{number} {key}")))).to_vec()
}

pub fn whole(number: u64) -> Seen {
    set(number).into_iter().map(|(_, value)| Some(text(&value))).collect()
}

pub fn nothing() -> Seen {
    vec![None; KEYS.len()]
}

pub fn text(value: &Bytes) -> String {
    String::from_utf8(value.to_vec()).unwrap()
}

fn seen(values: &[Option<Bytes>]) -> Seen {
    values.iter().map(|value| value.as_ref().map(text)).collect()
}

pub struct Scene {
    pub world: World,
    /// Holds the lock.
    pub writer: Peer,
    pub lease: Lease,
    /// Another process.
    pub other: Peer,
}

impl Scene {
    pub fn new() -> Self {
        let world = World::new(1, Versioning::Never);
        let (writer, other) = (peer(&world), peer(&world));
        world.run_until(5 * SECOND);
        let lease = writer.lock(0).unwrap();
        Self { world, writer, lease, other }
    }

    /// Lets time pass, so that what is stored next is stored later by whichever of OSS's clocks.
    pub fn pause(&self) {
        self.world.run_until(self.world.now() + 4 * SECOND);
    }

    /// The lock changes hands, after the lease's end where its holder died.
    pub fn next_holder(&mut self) {
        self.world.set_fate(|_, _| Fate::fine());
        self.world.run_until(self.world.now() + 100 * SECOND);
        self.lease = self.other.lock(0).unwrap();
        self.writer = self.other.clone();
    }

    pub fn start_store(&self, number: u64) -> Later<Result<Written, LockError>> {
        let lease = self.lease.clone();
        self.writer.start(async move |site| site.certificates().store_together(&lease, set(number)).await)
    }

    pub fn store(&self, number: u64) -> Result<Written, LockError> {
        let lease = self.lease.clone();
        let stored = self.writer.run(async move |site| site.certificates().store_together(&lease, set(number)).await);
        self.pause();
        stored
    }

    /// The same without a pause after it.
    pub fn store_quickly(&self, number: u64) {
        let stored = self.start_store(number);
        self.world.run_until(self.world.now() + SECOND / 4);
        assert_eq!(stored.take(), Some(Ok(Written::Once)));
    }

    pub fn start_delete(&self) -> Later<Result<Written, LockError>> {
        let lease = self.lease.clone();
        self.writer.start(async move |site| site.certificates().delete_together(&lease, &KEYS).await)
    }

    pub fn delete(&self) -> Result<Written, LockError> {
        let lease = self.lease.clone();
        self.writer.run(async move |site| site.certificates().delete_together(&lease, &KEYS).await)
    }

    pub fn start_load(&self) -> Later<Result<Seen, Error>> {
        let load = async |site: Rc<Site>| site.certificates().load_together(&KEYS).await;
        self.other.start(async move |site| load(site).await.map(|values| seen(&values)))
    }

    pub fn load(&self) -> Result<Seen, Error> {
        let loaded = self.other.run(async |site| site.certificates().load_together(&KEYS).await);
        loaded.map(|values| seen(&values))
    }

    /// The same, by a storage that seals.
    pub fn load_sealed(&self, sealing: &Rc<Storage<Node>>) -> Result<Seen, Error> {
        let sealing = sealing.clone();
        let loaded = self.other.run(async move |_| sealing.load_together(&KEYS).await);
        loaded.map(|values| seen(&values))
    }

    pub fn store_one(&self, key: &'static str, value: &'static str) {
        self.other.run(async move |site| site.certificates().store(key, Bytes::from(value)).await).unwrap();
        self.pause();
    }

    pub fn load_one(&self, key: &'static str) -> Option<String> {
        self.other.run(async move |site| site.certificates().load(key).await).ok().as_ref().map(text)
    }

    pub fn delete_one(&self, key: &'static str) {
        self.other.run(async move |site| site.certificates().delete(key).await).unwrap();
    }

    /// Keys in the bucket, but for locks.
    pub fn objects(&self) -> Vec<String> {
        self.world.oss(|oss| oss.objects.keys().filter(|key| !key.starts_with("locks/")).cloned().collect())
    }

    /// Whether copies are left.
    pub fn has_copies(&self) -> bool {
        self.objects().iter().any(|name| KEYS.iter().any(|key| name.starts_with(&format!("{key}/"))))
    }

    /// The data requests from now on, by number: what happens to each, with the rest as fine.
    pub fn fates(&self, fate: impl Fn(u64, &Request) -> Option<Fate> + 'static) {
        let count = Cell::new(0);
        self.world.set_fate(move |request, _| {
            let number = count.replace(count.get() + 1);
            fate(number, request).unwrap_or_else(Fate::fine)
        });
    }

    pub fn all_is_fine(&self) {
        self.world.set_fate(|_, _| Fate::fine());
    }

    /// A storage that seals what it writes, and takes what is in clear.
    pub fn sealing(&self) -> Rc<Storage<Node>> {
        sealing(&self.other.node)
    }
}

/// A process.
pub fn peer(world: &World) -> Peer {
    let node = world.node(0, 0);
    let site = Site::new(&node, broken::settings()).map_storage(broken::storage);
    Peer { node, storage: Rc::new(site) }
}

/// A storage that seals what it writes, and takes what is in clear.
pub fn sealing(node: &Node) -> Rc<Storage<Node>> {
    let keys = KeySet::create(Template::parse("AES256_GCM").unwrap(), node).unwrap();
    let options =
        EncryptionOptions { key_set: keys.write(Form::Json), key_encryption: None, clear_values: ClearValues::All };
    let encryption = Some(Encryption::open(&options).unwrap());
    Rc::new(broken::storage(Storage::new(node.clone(), settings()).with_encryption(encryption)))
}

/// It never arrives, and nobody is told.
pub fn silence() -> Fate {
    Fate { copies: Vec::new(), fails: None }
}
