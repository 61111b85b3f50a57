//! The access keys the server knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::sign_v4::{self, Scope};
use crate::failures::Failure;

/// An access key: an id and its secret, or temporary ones with a security token.
#[derive(Clone)]
pub struct AccessKey {
    id: String,
    secret: String,
    token: Option<String>,
    expires: Option<i64>,
    owner: String,
    policy: Option<Arc<str>>,
}

impl AccessKey {
    /// The account that keys belong to unless told otherwise.
    pub const DEFAULT_OWNER: &'static str = "1234567890123456";

    /// A permanent key.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            token: None,
            expires: None,
            owner: Self::DEFAULT_OWNER.into(),
            policy: None,
        }
    }

    /// Makes the key temporary: requests must carry this security token too.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The time from which the security token is refused.
    #[must_use]
    pub fn expires(mut self, time: SystemTime) -> Self {
        self.expires = Some(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64));
        self
    }

    /// The account the key belongs to.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    /// What narrows down what the session may do that the key is of: a policy of RAM.
    #[must_use]
    pub(crate) fn narrowed(mut self, policy: Option<&str>) -> Self {
        self.policy = policy.map(Arc::from);
        self
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key's secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    pub(super) fn session_policy(&self) -> Option<Arc<str>> {
        self.policy.clone()
    }

    pub(crate) fn owner_id(&self) -> &str {
        &self.owner
    }

    /// The token of a temporary key, and when it ends.
    pub(crate) fn own_token(&self) -> Option<(&str, Option<i64>)> {
        self.token.as_deref().map(|token| (token, self.expires))
    }

    /// Checks the token that came with a request, after the signature was found right.
    pub(super) fn check_token(&self, given: Option<&str>, now: i64, all: &Keyring) -> Result<(), Failure> {
        match (self.token.as_deref(), given) {
            (None, None) => Ok(()),
            (Some(own), Some(given)) if own == given => match self.expires {
                Some(end) if now >= end => Err(Failure::token_expired()),
                _ => Ok(()),
            },
            (_, Some(given)) if all.knows_token(given) => Err(Failure::token_of_another_key()),
            _ => Err(Failure::token_invalid()),
        }
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// Every key, and the V4 signing keys that were derived from them.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    keys: Mutex<HashMap<String, Arc<AccessKey>>>,
    derived: Mutex<HashMap<DerivedFor, [u8; 32]>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DerivedFor {
    id: String,
    scope: Scope,
}

/// Deriving costs four HMACs, so the results are kept; a client has one a day, and this bounds a hostile one.
const MAX_DERIVED: usize = 1024;

impl Keyring {
    pub(crate) fn insert(&self, key: AccessKey) {
        self.derived.lock().unwrap_or_else(PoisonError::into_inner).retain(|made, _| made.id != key.id);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.id.clone(), Arc::new(key));
    }

    pub(crate) fn remove(&self, id: &str) {
        self.derived.lock().unwrap_or_else(PoisonError::into_inner).retain(|made, _| made.id != id);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    pub(super) fn find(&self, id: &str) -> Result<Arc<AccessKey>, Failure> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(id).cloned().ok_or_else(|| Failure::unknown_key(id))
    }

    /// The key of an id, for a service that has words of its own for one that is unknown.
    pub(crate) fn known(&self, id: &str) -> Option<Arc<AccessKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn knows_token(&self, token: &str) -> bool {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.values().any(|key| key.token.as_deref() == Some(token))
    }

    /// The V4 signing key of an access key for a scope.
    pub(super) fn derive(&self, key: &AccessKey, scope: &Scope) -> [u8; 32] {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = DerivedFor { id: key.id.clone(), scope: scope.clone() };
        if let Some(found) = derived.get(&wanted) {
            return *found;
        }
        if derived.len() >= MAX_DERIVED {
            derived.clear();
        }
        let made = sign_v4::signing_key(&key.secret, scope);
        derived.insert(wanted, made);
        made
    }
}
