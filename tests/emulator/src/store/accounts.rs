//! What is set for a whole account.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::sync::{PoisonError, RwLock};

use super::damage::DataError;
use super::opening::Root;

/// The accounts whose public access is blocked.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    blocked: RwLock<BTreeSet<String>>,
}

/// A JSON array of the accounts' ids.
pub(super) const ACCOUNTS_FILE: &str = "accounts.json";

impl Accounts {
    pub(super) fn open(root: &Root) -> Result<Self, DataError> {
        let path = root.path.join(ACCOUNTS_FILE);
        let blocked = match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| DataError::file("read", &path, error.into()))?
            }
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeSet::new(),
            Err(source) => return Err(DataError::file("read", &path, source)),
        };
        Ok(Self { blocked: RwLock::new(blocked) })
    }

    pub(super) fn blocks(&self, owner: &str) -> bool {
        self.blocked.read().unwrap_or_else(PoisonError::into_inner).contains(owner)
    }

    pub(super) fn set(&self, owner: &str, blocked: bool, root: Option<&Root>) -> io::Result<()> {
        let mut now = self.blocked.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = now.clone();
        if blocked {
            next.insert(owner.to_owned());
        } else {
            next.remove(owner);
        }
        if let Some(root) = root {
            root.files.replace(&root.path.join(ACCOUNTS_FILE), &serde_json::to_vec(&next)?)?;
        }
        *now = next;
        Ok(())
    }
}
