//! The invariants, judged after every change of the bucket.
//!
//! 1. A manifest that was answered 201, and that no user deleted, has its blob, and blobs and links of all it names.
//! 2. So has every revision link, answered or not.
//! 3. No manifest is refused for a blob whose upload, mount or HEAD was answered within the grace period.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ossicle_registry::gc::{LISTS, LOG};
use ossicle_registry::ports::OssTime;

use crate::bucket::{Bucket, Operation};
use crate::shelf::{ITEMS, LAYERS, Place, Shelf};
use crate::weather::SECOND;
use crate::world::{EPOCH, Role};

/// A repository and an item, by number.
pub type Spot = (usize, usize);

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub steps: u64,
    pub epochs: u64,
    pub deleted: u64,
    pub rescued: u64,
    pub stored: u64,
    pub refused: u64,
    pub unavailable: u64,
}

pub struct Judge {
    pub shelf: Rc<Shelf>,
    /// Manifests that were answered 201.
    required: BTreeSet<Spot>,
    /// Manifests that a user broke by deleting what they name.
    void: BTreeSet<Spot>,
    /// Until when a blob is promised, in the world's time.
    promises: BTreeMap<Spot, u64>,
    /// When a user deleted a layer's link.
    unlinked: BTreeMap<Spot, u64>,
    grace: u64,
    skew: u64,
    /// When to push what, since a collector announces it.
    pub aims: Vec<(u64, usize)>,
    pub violation: Option<String>,
    pub stats: Stats,
}

impl Judge {
    pub fn new(shelf: Rc<Shelf>, grace: u64, skew: u64) -> Self {
        Self {
            shelf,
            required: BTreeSet::new(),
            void: BTreeSet::new(),
            promises: BTreeMap::new(),
            unlinked: BTreeMap::new(),
            grace,
            skew,
            aims: Vec::new(),
            violation: None,
            stats: Stats::default(),
        }
    }

    /// What a manifest lacks.
    fn lack(&self, bucket: &Bucket, (repository, item): Spot) -> Option<String> {
        let has = |path: &String| bucket.objects.contains_key(path);
        let manifest = &self.shelf.items[item];
        if !has(&manifest.blob) {
            return Some("its blob".into());
        }
        manifest.named.iter().find_map(|named| {
            let named = &self.shelf.items[*named];
            match (has(&named.blob), has(&named.links[repository])) {
                (false, _) => Some(format!("the blob of {}", named.name)),
                (_, false) => Some(format!("the link of {}", named.name)),
                _ => None,
            }
        })
    }

    pub fn inspect(&mut self, bucket: &Bucket) {
        for (repository, item) in (0..2).flat_map(|repository| (LAYERS..ITEMS).map(move |item| (repository, item))) {
            let spot = (repository, item);
            let is_linked = bucket.objects.contains_key(&self.shelf.items[item].links[repository]);
            let is_required = self.required.contains(&spot);
            if !is_required && (!is_linked || self.void.contains(&spot)) {
                continue;
            }
            if let Some(lack) = self.lack(bucket, spot) {
                let answered = if is_required { ", answered 201," } else { "" };
                let message = format!("{} in {repository}{answered} lacks {lack}", self.shelf.items[item].name);
                self.violation.get_or_insert(message);
            }
        }
    }

    /// What a request did to the bucket.
    pub fn on_effect(&mut self, operation: &Operation, by: Role, now: u64, bucket: &Bucket) {
        match operation {
            Operation::Delete { paths } if by == Role::Registry => {
                let places: Vec<Place> = paths.iter().filter_map(|path| self.shelf.place(path)).collect();
                for place in places {
                    let Place::Link { repository, item } = place else { panic!("no process deletes a blob") };
                    self.unlink(repository, item, now);
                }
                self.inspect(bucket);
            }
            Operation::Delete { paths } => {
                self.stats.deleted += paths.iter().filter(|path| self.shelf.place(path).is_some()).count() as u64;
                self.inspect(bucket);
            }
            Operation::Put { path, .. } => match self.shelf.place(path) {
                Some(Place::Link { repository, item }) if item >= LAYERS => {
                    if self.lack(bucket, (repository, item)).is_none() {
                        self.void.remove(&(repository, item));
                    }
                    self.inspect(bucket);
                }
                None if path.starts_with(LISTS) => self.aim(path, &[now], bucket),
                _ => {}
            },
            Operation::Append { path, content, .. } => {
                assert_eq!(path, LOG);
                self.stats.epochs += 1;
                let columns: Vec<&str> = std::str::from_utf8(content).unwrap().split(' ').collect();
                let at = |column: usize| (columns[column].parse::<u64>().unwrap() - EPOCH) * SECOND;
                let (rescue_until, delete_until) = (at(3), at(4));
                let moments = [now, rescue_until.saturating_sub(90 * SECOND), rescue_until, delete_until];
                self.aim(&format!("{LISTS}/{}", columns[1]), &moments, bucket);
            }
            _ => {}
        }
    }

    fn aim(&mut self, list: &str, moments: &[u64], bucket: &Bucket) {
        let list = bucket.objects.get(list).map(|object| object.content.clone()).unwrap_or_default();
        let listed = std::str::from_utf8(&list).unwrap().lines();
        for digest in listed {
            if let Some(item) = self.shelf.by_digest.get(digest) {
                self.aims.extend(moments.iter().map(|moment| (*moment, *item)));
            }
        }
    }

    /// A user deleted a link: what named it in that repository need not be whole any more.
    fn unlink(&mut self, repository: usize, item: usize, now: u64) {
        self.required.remove(&(repository, item));
        self.promises.remove(&(repository, item));
        self.unlinked.insert((repository, item), now);
        for naming in LAYERS..ITEMS {
            if self.shelf.items[naming].named.contains(&item) {
                self.void.insert((repository, naming));
                self.required.remove(&(repository, naming));
            }
        }
    }

    /// An upload, mount or HEAD of a layer was answered.
    pub fn promised(&mut self, spot: Spot, link_modified: OssTime) {
        // A clock that is behind may show a time before the world's first.
        let modified = link_modified.0.saturating_sub(EPOCH) * SECOND;
        let unlinked = self.unlinked.get(&spot).copied().unwrap_or_default();
        if unlinked > 0 && modified <= unlinked + self.skew + SECOND {
            return;
        }
        // Two clocks and whole seconds.
        let until = (modified + self.grace * SECOND).saturating_sub(self.skew + 2 * SECOND);
        let promise = self.promises.entry(spot).or_default();
        *promise = until.max(*promise);
    }

    /// What is promised of everything that a manifest names.
    pub fn promises(&self, (repository, item): Spot) -> Vec<(usize, u64)> {
        let promise = |named: &usize| self.promises.get(&(repository, *named)).copied().unwrap_or_default();
        self.shelf.items[item].named.iter().map(|named| (*named, promise(named))).collect()
    }

    /// A manifest was answered 201.
    pub fn stored(&mut self, spot: Spot, bucket: &Bucket) {
        self.stats.stored += 1;
        let link = &self.shelf.items[spot.1].links[spot.0];
        if bucket.objects.contains_key(link) && !self.void.contains(&spot) {
            self.required.insert(spot);
            self.inspect(bucket);
        }
    }

    /// A manifest was refused for lack of these; `began` with these promises.
    pub fn refused(&mut self, spot: Spot, missing: &[usize], began: u64, promises: &[(usize, u64)], now: u64) {
        self.stats.refused += 1;
        for (named, until) in promises.iter().filter(|(named, _)| missing.contains(named)) {
            let unlinked = self.unlinked.get(&(spot.0, *named)).copied().unwrap_or_default();
            if now <= *until && unlinked < began {
                let (manifest, layer) = (&self.shelf.items[spot.1].name, &self.shelf.items[*named].name);
                let message = format!("{manifest} in {} refused for {layer}, promised until {until}", spot.0);
                self.violation.get_or_insert(message);
            }
        }
    }

    /// The files that no manifest needs, when all is over.
    pub fn garbage(&self, bucket: &Bucket) -> Vec<String> {
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        for item in LAYERS..ITEMS {
            if self.shelf.items[item].links.iter().any(|link| bucket.objects.contains_key(link)) {
                needed.insert(item);
                needed.extend(&self.shelf.items[item].named);
            }
        }
        let is_garbage = |path: &&String| match self.shelf.place(path) {
            Some(Place::Blob(item) | Place::Link { item, .. }) => !needed.contains(&item),
            None => false,
        };
        bucket.objects.keys().filter(is_garbage).map(|path| self.shelf.short(path)).collect()
    }
}
