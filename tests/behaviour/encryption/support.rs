//! Key sets, and storages that have them.

use std::cell::Cell;

use ossicle::{Certificates, ClearValues, Encryption};
use ossicle_guest::encryption::{Form, KeySet, Template};
use ossicle_guest::ports::Entropy;
use ossicle_tests::Ground;

/// Numbers for keys that protect nothing.
pub struct Counting(pub Cell<u64>);

impl Entropy for Counting {
    fn random_u64(&self) -> u64 {
        // SplitMix64: ids and keys that differ.
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mixed = (self.0.get() ^ (self.0.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }
}

/// A key set with one key of a template.
pub fn key_set(template: &str, seed: u64) -> KeySet {
    KeySet::create(Template::parse(template).unwrap(), &Counting(Cell::new(seed))).unwrap()
}

/// The same with another key before it that seals.
pub fn rotated(keys: &KeySet, template: &str) -> KeySet {
    let mut keys = KeySet::parse(&keys.write(Form::Binary)).unwrap();
    keys.rotate(Template::parse(template).unwrap(), &Counting(Cell::new(77))).unwrap();
    keys
}

/// The encryption with a key set.
pub fn with(keys: &KeySet) -> Encryption {
    Encryption::new(ossicle::Secret::bytes(keys.write(Form::Json).to_vec()))
}

/// A storage that encrypts.
pub fn open(ground: &Ground, encryption: Encryption) -> Certificates {
    ground.open(ground.config().encryption(encryption))
}

/// A storage that encrypts and takes values in clear.
pub fn mixed(ground: &Ground, keys: &KeySet) -> Certificates {
    open(ground, with(keys).clear_values(ClearValues::Recognised))
}
