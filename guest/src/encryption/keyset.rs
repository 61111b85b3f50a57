//! A usable key set: encrypts values with its primary key, and decrypts them with the key that encrypted them.

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::info::{CipherKeyInfo, KeySetInfo};
use super::key::{Entry, Head, OutputPrefix, Status};
use super::problem::KeySetProblem;
use crate::ports::Entropy;

pub(super) struct CipherKey {
    pub entry: Entry,
    /// The cipher; `None` unless the key is enabled. Other keys are never used, so their type may be unknown.
    pub cipher: Option<Cipher>,
}

impl CipherKey {
    pub(super) fn new(entry: Entry) -> Result<Self, KeySetProblem> {
        let cipher = if entry.status == Status::Enabled { Some(entry.cipher()?) } else { None };
        Ok(Self { entry, cipher })
    }

    fn at_work(&self) -> Option<(&Entry, &Cipher)> {
        Some((&self.entry, self.cipher.as_ref()?))
    }
}

/// The keys of Tink's `Keyset`, one of which is the primary. Wiped from memory when dropped; `Debug` shows no key.
pub struct KeySet {
    /// The index of the primary key, which exists and is enabled.
    pub(super) primary: usize,
    pub(super) keys: Vec<CipherKey>,
}

/// A decrypted value, and how it was encrypted.
#[derive(Debug)]
pub struct Opened {
    /// The value.
    pub value: Zeroizing<Vec<u8>>,
    /// The key that decrypted it.
    pub key_id: u32,
    /// Whether that is the primary key.
    pub by_primary: bool,
}

impl KeySet {
    pub(super) fn new(primary_id: u32, entries: Vec<Entry>) -> Result<Self, KeySetProblem> {
        if entries.is_empty() {
            return Err(KeySetProblem::new("holds no key"));
        }
        let named: Vec<Status> = entries.iter().filter(|key| key.id == primary_id).map(|key| key.status).collect();
        let keys: Vec<CipherKey> = entries.into_iter().map(CipherKey::new).collect::<Result<_, _>>()?;
        let mut primaries =
            keys.iter().enumerate().filter(|(_, key)| key.entry.id == primary_id && key.cipher.is_some());
        match (primaries.next(), primaries.next(), named.first()) {
            (Some((primary, _)), None, _) => Ok(Self { primary, keys }),
            (Some(_), Some(_), _) => Err(KeySetProblem::of_key(primary_id, "is the primary, and two keys have its id")),
            (None, _, Some(status)) => {
                Err(KeySetProblem::of_key(primary_id, format!("is the primary, and its status is {status}")))
            }
            (None, _, None) => {
                Err(KeySetProblem::of_key(primary_id, "is named as the primary, and there is none such"))
            }
        }
    }

    /// Encrypts a value with associated data and the primary key. `None` if the value is longer than the cipher allows,
    /// which is at least 64 GiB.
    pub fn seal(&self, entropy: &impl Entropy, value: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        let (entry, cipher) = self.keys.get(self.primary)?.at_work()?;
        let head = entry.head();
        // Reserve enough: a buffer that grows leaves copies of the value in freed memory.
        let room = head.bytes().len().checked_add(cipher.overhead())?.checked_add(value.len())?;
        let mut text = Vec::with_capacity(room);
        text.extend_from_slice(head.bytes());
        cipher.seal(entropy, value, data, &mut text)?;
        Some(text)
    }

    /// Decrypts a ciphertext, if one of the enabled keys encrypted it with this associated data. First tries the keys
    /// with the ciphertext's prefix, then all RAW keys, because a RAW nonce may look like a prefix.
    pub fn open(&self, text: &[u8], data: &[u8]) -> Option<Opened> {
        let at_work = || self.keys.iter().enumerate().filter_map(|(at, key)| Some((at, key.at_work()?)));
        let marked = at_work().filter_map(|(at, (entry, cipher))| match entry.head() {
            Head::Five(head) => Some((at, entry, cipher, text.strip_prefix(&head)?)),
            Head::None => None,
        });
        let raw = at_work()
            .filter(|(_, (entry, _))| entry.prefix == OutputPrefix::Raw)
            .map(|(at, (entry, cipher))| (at, entry, cipher, text));
        marked.chain(raw).find_map(|(at, entry, cipher, body)| {
            let value = cipher.open(body, data)?;
            Some(Opened { value, key_id: entry.id, by_primary: at == self.primary })
        })
    }

    /// Whether a ciphertext begins with the prefix of any key, enabled or not.
    pub fn is_marked(&self, text: &[u8]) -> bool {
        self.keys.iter().any(|key| matches!(key.entry.head(), Head::Five(head) if text.starts_with(&head)))
    }

    /// How many bytes longer than their values ciphertexts are, if that is the same for all enabled keys.
    pub fn overhead(&self) -> Option<u64> {
        let of = |(entry, cipher): (&Entry, &Cipher)| (entry.head().bytes().len() + cipher.overhead()) as u64;
        let mut all = self.keys.iter().filter_map(CipherKey::at_work).map(of);
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    /// The public part of the set.
    pub fn info(&self) -> KeySetInfo {
        let keys = self.keys.iter().map(|key| CipherKeyInfo::of(&key.entry)).collect();
        KeySetInfo { primary: self.primary_id(), keys }
    }

    /// The primary key's id.
    pub fn primary_id(&self) -> u32 {
        self.keys.get(self.primary).map_or(0, |key| key.entry.id)
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<&Entry> = self.keys.iter().map(|key| &key.entry).collect();
        f.debug_struct("KeySet").field("primary", &self.primary_id()).field("keys", &keys).finish()
    }
}
