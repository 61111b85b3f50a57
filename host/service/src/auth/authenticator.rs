//! The decision about a request.

use std::path::PathBuf;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use ossicle_registry::ports::{Access, AccessDecision, AccessRequest};
use ossicle_registry::users::{self, Credentials, Identity, Rights};

use super::error::AuthError;
use super::settings::{HtpasswdSettings, TokenSettings};
use super::text_file::{self, WatchedFile};
use super::{htpasswd, rights, token};

/// Decides who may do what. Clones share what they remember.
#[derive(Clone, Debug)]
pub struct Authenticator(Arc<Scheme>);

#[derive(Debug)]
enum Scheme {
    Open,
    Htpasswd(Htpasswd),
    Token(token::Verifier),
}

#[derive(Debug)]
struct Htpasswd {
    challenge: HeaderValue,
    verifier: htpasswd::Verifier,
    rights: RightsSource,
}

#[derive(Debug)]
enum RightsSource {
    Fixed(Arc<Rights>),
    File(WatchedFile<Rights>),
}

impl RightsSource {
    fn new(file: Option<PathBuf>, anonymous_pull: bool) -> Result<Self, AuthError> {
        match file {
            Some(_) if anonymous_pull => Err(AuthError::Setting {
                setting: "anonymous-pull",
                problem: "with a file of rights, that one says what may be done without credentials, in [anonymous]"
                    .to_owned(),
            }),
            Some(path) => Ok(Self::File(text_file::open(path, rights::parse)?)),
            None => Ok(Self::Fixed(Arc::new(Rights::usual(anonymous_pull)))),
        }
    }

    async fn current(&self) -> Arc<Rights> {
        match self {
            Self::Fixed(rights) => rights.clone(),
            Self::File(file) => file.current().await,
        }
    }
}

impl Authenticator {
    /// Grants everything to everybody.
    pub fn open() -> Self {
        Self(Arc::new(Scheme::Open))
    }

    /// Whether it grants everything to everybody.
    pub fn is_open(&self) -> bool {
        matches!(*self.0, Scheme::Open)
    }

    /// The URL where clients get tokens, if it asks for them.
    pub(crate) fn token_realm(&self) -> Option<&str> {
        match &*self.0 {
            Scheme::Token(verifier) => Some(verifier.realm()),
            Scheme::Open | Scheme::Htpasswd(_) => None,
        }
    }

    /// Asks for a user and a password of an htpasswd file, which is read again when it changes.
    ///
    /// # Errors
    /// If a file can't be read or is wrong, or settings contradict each other.
    pub fn htpasswd(settings: HtpasswdSettings) -> Result<Self, AuthError> {
        Ok(Self(Arc::new(Scheme::Htpasswd(Htpasswd {
            challenge: users::challenge(&settings.realm).map_err(|error| AuthError::setting("realm", error))?,
            verifier: htpasswd::Verifier::open(settings.path)?,
            rights: RightsSource::new(settings.rights, settings.anonymous_pull)?,
        }))))
    }

    /// Asks for a token of a token server. The files with its keys are read again when they change.
    ///
    /// # Errors
    /// If a setting is missing or not supported, or a file can't be read or is wrong.
    pub fn token(settings: TokenSettings) -> Result<Self, AuthError> {
        Ok(Self(Arc::new(Scheme::Token(token::Verifier::open(settings)?))))
    }
}

impl Htpasswd {
    /// Who sends a request; `None` if the credentials are wrong.
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        match Credentials::of(headers) {
            Credentials::None => Some(Identity::Anonymous),
            Credentials::Password(user, password) => {
                self.verifier.verify(&user, password).await.then_some(Identity::User(user))
            }
            Credentials::Unusable => None,
        }
    }

    async fn decide(&self, headers: &HeaderMap, needed: &[AccessRequest]) -> AccessDecision {
        let identity = self.identify(headers).await;
        let rights = self.rights.current().await;
        users::decide(identity, &rights, needed, &self.challenge)
    }
}

impl Access for Authenticator {
    async fn decide(&self, headers: &HeaderMap, needed: &[AccessRequest]) -> AccessDecision {
        match &*self.0 {
            Scheme::Open => AccessDecision::Granted(None),
            Scheme::Htpasswd(htpasswd) => htpasswd.decide(headers, needed).await,
            Scheme::Token(verifier) => verifier.decide(headers, needed).await,
        }
    }
}
