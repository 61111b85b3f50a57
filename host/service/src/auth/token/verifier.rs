//! The decision about a request with a token.

use std::time::SystemTime;

use http::HeaderMap;
use ossicle_registry::ports::{AccessDecision, AccessRequest};
use ossicle_registry::users::authorization;

use super::claims::Claims;
use super::jws::Unverified;
use super::trust::{Bundle, KeySet, Trust};
use crate::auth::challenge::{Bearer, BearerProblem};
use crate::auth::error::AuthError;
use crate::auth::settings::TokenSettings;
use crate::auth::text_file::{self, WatchedFile};

/// Verifies tokens of a token server.
#[derive(Debug)]
pub(crate) struct Verifier {
    realm: String,
    challenge: Bearer,
    issuer: String,
    service: String,
    bundle: Option<WatchedFile<Bundle>>,
    key_set: Option<WatchedFile<KeySet>>,
}

impl Verifier {
    /// Reads the files with the keys.
    pub fn open(settings: TokenSettings) -> Result<Self, AuthError> {
        if settings.issuer.is_empty() {
            return Err(AuthError::Setting { setting: "issuer", problem: "this is missing".to_owned() });
        }
        if settings.rootcertbundle.is_none() && settings.jwks.is_none() {
            let problem = "this or jwks must be given: without either no token could be verified".to_owned();
            return Err(AuthError::Setting { setting: "rootcertbundle", problem });
        }
        if settings.autoredirect {
            let problem =
                "this is not supported: there is no token server on this port, so that the realm must name it";
            return Err(AuthError::Setting { setting: "autoredirect", problem: problem.to_owned() });
        }
        Ok(Self {
            challenge: Bearer::new(&settings.realm, &settings.service)?,
            realm: settings.realm,
            issuer: settings.issuer,
            service: settings.service,
            bundle: settings.rootcertbundle.map(|path| text_file::open(path, Bundle::parse)).transpose()?,
            key_set: settings.jwks.map(|path| text_file::open(path, KeySet::parse)).transpose()?,
        })
    }

    /// Where clients get tokens.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Decides about a request.
    pub async fn decide(&self, headers: &HeaderMap, needed: &[AccessRequest]) -> AccessDecision {
        let challenge = |problem| AccessDecision::Challenge(self.challenge.value(needed, problem));
        let Ok(Some(token)) = authorization(headers, "bearer") else {
            return challenge(BearerProblem::Missing);
        };
        match self.claims(token, SystemTime::now()).await {
            Ok(claims) if needed.iter().all(|needed| claims.grant(needed)) => AccessDecision::Granted(claims.subject()),
            Ok(_) => challenge(BearerProblem::Insufficient),
            Err(problem) => {
                tracing::info!(problem, "a token was refused");
                challenge(BearerProblem::Invalid)
            }
        }
    }

    async fn claims(&self, token: &str, now: SystemTime) -> Result<Claims, &'static str> {
        let bundle = match &self.bundle {
            Some(file) => Some(file.current().await),
            None => None,
        };
        let key_set = match &self.key_set {
            Some(file) => Some(file.current().await),
            None => None,
        };
        let token = Unverified::parse(token)?;
        let trust = Trust { bundle: bundle.as_deref(), key_set: key_set.as_deref() };
        let key = trust.key_of(&token.header, now)?;
        let claims: Claims = token.verify(&key)?;
        claims.check(&self.issuer, &self.service, now)?;
        Ok(claims)
    }
}
