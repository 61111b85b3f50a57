//! What the services know, and how a test changes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::issue::Issued;
use super::oidc::OidcToken;
use super::role::Role;

/// The roles, the instance and the tokens of an emulator. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Ram {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) roles: Vec<Role>,
    /// The instance's role, by name.
    pub(super) attached: Option<String>,
    pub(super) hardened_only: bool,
    /// The metadata service's own tokens, and when they end.
    pub(super) tokens: HashMap<String, i64>,
    /// What the instance has now.
    pub(super) current: Option<Issued>,
    pub(super) oidc: Vec<OidcToken>,
    /// The nonces of signed calls, and when each was seen.
    pub(super) nonces: HashMap<String, i64>,
    /// Every access key that was given, in order.
    pub(super) issued: Vec<String>,
}

impl Ram {
    /// Knows a role, in place of one of the same name. The first one becomes the instance's.
    pub fn add_role(&self, role: Role) {
        let mut state = self.lock();
        state.attached.get_or_insert_with(|| role.name.clone());
        state.roles.retain(|known| known.name != role.name);
        state.roles.push(role);
        state.current = None;
    }

    /// Changes the instance's role; without one the metadata service has no credentials to give.
    pub fn attach(&self, role: Option<&str>) {
        let mut state = self.lock();
        state.attached = role.map(str::to_owned);
        state.current = None;
    }

    /// Whether the metadata service answers in its hardened form only.
    pub fn set_hardened_only(&self, only: bool) {
        self.lock().hardened_only = only;
    }

    /// The next answer of the metadata service has credentials that nobody has seen.
    pub fn rotate(&self) {
        self.lock().current = None;
    }

    /// Takes a token of an OpenID Connect provider, in place of the same one.
    pub fn add_oidc_token(&self, token: OidcToken) {
        let mut state = self.lock();
        state.oidc.retain(|known| known.text != token.text);
        state.oidc.push(token);
    }

    /// Takes no token any more.
    pub fn forget_oidc_tokens(&self) {
        self.lock().oidc.clear();
    }

    /// The ids of all access keys that were given, oldest first.
    pub fn issued(&self) -> Vec<String> {
        self.lock().issued.clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }
}
