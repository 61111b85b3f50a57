//! Temporary access keys in the making.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::role::Role;
use super::state::State;
use crate::auth::AccessKey;
use crate::shared::Shared;
use crate::timestamp;

/// A temporary access key as it is given.
#[derive(Clone)]
pub(super) struct Issued {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: String,
    pub(super) made: i64,
    pub(super) end: i64,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("id", &self.id).field("end", &self.end).finish_non_exhaustive()
    }
}

impl Issued {
    /// `2022-12-28T10:27:41Z`, as RAM and STS spell it.
    pub(super) fn expiration(&self) -> String {
        spell(self.end)
    }

    pub(super) fn updated(&self) -> String {
        spell(self.made)
    }
}

fn spell(seconds: i64) -> String {
    timestamp::iso_millis(seconds).replace(".000Z", "Z")
}

/// Makes an access key of a role, which OSS takes for `life`, and for no more than the policy of the session allows.
pub(super) fn issue(shared: &Shared, state: &mut State, role: &Role, life: Duration, policy: Option<&str>) -> Issued {
    let now = shared.clock.seconds();
    let seed = shared.store.ids().upload();
    // Tokens are Base64, so that whoever forgets to encode a `+` finds out.
    let text = |what: &str, count: u8| -> String {
        let digests = (0..count).flat_map(|number| Sha256::digest(format!("{what}{number}{seed}")));
        STANDARD.encode(digests.collect::<Vec<u8>>())
    };
    let issued = Issued {
        id: format!("STS.{}", &seed[..24]),
        secret: text("secret", 1),
        token: format!("CAIS+/{}", text("token", 12)),
        made: now,
        end: now.saturating_add(life.as_secs() as i64),
    };
    let expires = UNIX_EPOCH + Duration::from_secs(issued.end.max(0) as u64);
    let key = AccessKey::new(&issued.id, &issued.secret)
        .token(&issued.token)
        .expires(expires)
        .owner(&role.account)
        .narrowed(policy);
    shared.keys.insert(key);
    state.issued.push(issued.id.clone());
    issued
}
