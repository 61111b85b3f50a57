//! Creates and changes key sets.
//!
//! Rotation is [`KeySet::add`] and, once every reader has the set with the new key, [`KeySet::promote`]. Then values
//! are re-encrypted, and the old key is disabled and finally destroyed. [`KeySet::rotate`] does the first two steps
//! together, for a single program that reads.

use super::key::Status;
use super::keyset::{CipherKey, KeySet};
use super::problem::KeySetProblem;
use super::template::Template;
use crate::ports::Entropy;

impl KeySet {
    /// Creates a set with one new key.
    ///
    /// # Errors
    /// Never for a valid template.
    pub fn create(template: Template, entropy: &impl Entropy) -> Result<Self, KeySetProblem> {
        let key = template.make(fresh_id(&[], entropy), entropy);
        Self::new(key.id, vec![key])
    }

    /// Adds a new key, which decrypts but does not encrypt yet. Returns its id.
    ///
    /// # Errors
    /// Never for a valid template.
    pub fn add(&mut self, template: Template, entropy: &impl Entropy) -> Result<u32, KeySetProblem> {
        let id = fresh_id(&self.keys, entropy);
        self.keys.push(CipherKey::new(template.make(id, entropy))?);
        Ok(id)
    }

    /// Makes a key the primary.
    ///
    /// # Errors
    /// When the key does not exist or is not enabled, or two keys have its id.
    pub fn promote(&mut self, id: u32) -> Result<(), KeySetProblem> {
        let mut found = self.keys.iter().enumerate().filter(|(_, key)| key.entry.id == id);
        match (found.next(), found.next()) {
            (None, _) => Err(KeySetProblem::of_key(id, "is not in the set")),
            (Some(_), Some(_)) => Err(KeySetProblem::of_key(id, "is there twice")),
            (Some((_, key)), None) if key.cipher.is_none() => Err(KeySetProblem::of_key(id, "is not enabled")),
            (Some((at, _)), None) => {
                self.primary = at;
                Ok(())
            }
        }
    }

    /// Adds a new key and makes it the primary. Returns its id.
    ///
    /// # Errors
    /// Never for a valid template.
    pub fn rotate(&mut self, template: Template, entropy: &impl Entropy) -> Result<u32, KeySetProblem> {
        let id = self.add(template, entropy)?;
        self.promote(id)?;
        Ok(id)
    }

    /// Enables, disables or destroys a key. A destroyed one is wiped, and values that it encrypted are lost.
    ///
    /// # Errors
    /// When the key does not exist, is the primary, or was destroyed.
    pub fn set_status(&mut self, id: u32, status: Status) -> Result<(), KeySetProblem> {
        if self.primary_id() == id && status != Status::Enabled {
            return Err(KeySetProblem::of_key(id, "is the primary: promote another first"));
        }
        let mut found = false;
        for key in self.keys.iter_mut().filter(|key| key.entry.id == id) {
            found = true;
            if key.entry.status == Status::Destroyed && status != Status::Destroyed {
                return Err(KeySetProblem::of_key(id, "was destroyed"));
            }
            key.cipher = if status == Status::Enabled { Some(key.entry.cipher()?) } else { None };
            key.entry.status = status;
            if status == Status::Destroyed {
                key.entry.value = Default::default();
            }
        }
        if found { Ok(()) } else { Err(KeySetProblem::of_key(id, "is not in the set")) }
    }
}

/// Draws an id that no key of the set has. Some old parsers reject 0.
fn fresh_id(keys: &[CipherKey], entropy: &impl Entropy) -> u32 {
    let mut bytes = [0; 4];
    entropy.fill(&mut bytes);
    let mut id = u32::from_be_bytes(bytes);
    while id == 0 || keys.iter().any(|key| key.entry.id == id) {
        id = id.wrapping_add(1);
    }
    id
}
