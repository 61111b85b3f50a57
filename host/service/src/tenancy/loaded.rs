//! The tenants and whoever may use them, as one reading of the config has them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderMap;
use ossicle::TenantSettings;
use ossicle_api::Refusal;
use ossicle_api::token::{self, TokenHash, TokenId};

use super::bearer::Bearer;
use super::entry::{CertificateName, Entry};
use super::error::ServeConfigError;
use super::file::ServeFile;
use super::grant::Allowed;
use super::tenant::ServedTenant;
use crate::server::ClientCertificate;

/// The tenants and whoever may use them, as one reading of the config has them.
#[derive(Debug)]
pub(crate) struct Loaded {
    file: ServeFile,
    tenants: BTreeMap<String, Arc<ServedTenant>>,
    tokens: BTreeMap<TokenId, (TokenHash, Caller)>,
    certificates: BTreeMap<CertificateName, Caller>,
}

/// Who sends a request, and whose tenant it is for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub tenant: Arc<ServedTenant>,
    pub bearer: Arc<Bearer>,
}

impl Loaded {
    /// Opens what a file names, and keeps what has not changed since another reading. On a failure everything is as it was.
    pub fn open(file: ServeFile, library: &ossicle::Tenants, before: Option<&Self>) -> Result<Self, ServeConfigError> {
        let set = file.tenants.iter().map(|entry| {
            let settings = TenantSettings::new(entry.storage.clone()).limits(entry.limits.clone());
            (entry.name.clone(), settings)
        });
        let applied = library.apply(set.collect());
        let applied = applied.map_err(|refused| ServeConfigError::tenant(&refused.name, refused.error))?;
        let tenants = file.tenants.iter().filter_map(|Entry { name, .. }| {
            let kept = before.and_then(|before| before.tenants.get(name)).filter(|_| applied.kept.contains(name));
            // It was applied just now.
            let opened = || Some(Arc::new(ServedTenant::new(name, library.get(name)?)));
            let tenant = kept.cloned().or_else(opened)?;
            Some((name.clone(), tenant))
        });
        let tenants = tenants.collect();
        let mut loaded = Self { tenants, tokens: BTreeMap::new(), certificates: BTreeMap::new(), file };
        loaded.admit(before);
        Ok(loaded)
    }

    /// Takes in whoever may use the tenants.
    fn admit(&mut self, before: Option<&Self>) {
        for entry in &self.file.tenants {
            let Some(tenant) = self.tenants.get(&entry.name) else { continue };
            for token in &entry.tokens {
                let known = before.and_then(|before| before.tokens.get(&token.id));
                let known = known.filter(|(hash, _)| hash.is_same(&token.hash)).map(|(_, caller)| caller);
                let caller = caller(tenant, token.id.as_str().to_owned(), token.allowed.clone(), known);
                self.tokens.insert(token.id.clone(), (token.hash, caller));
            }
            for (name, allowed) in &entry.certificates {
                let known = before.and_then(|before| before.certificates.get(name));
                let caller = caller(tenant, name.describe(), allowed.clone(), known);
                self.certificates.insert(name.clone(), caller);
            }
        }
    }

    pub fn file(&self) -> &ServeFile {
        &self.file
    }

    pub fn tenants(&self) -> impl Iterator<Item = &Arc<ServedTenant>> {
        self.tenants.values()
    }

    /// Who sends a request, by its token, or else by the certificate of its connection.
    pub fn identify(
        &self,
        headers: &HeaderMap,
        certificate: Option<&ClientCertificate>,
        now: SystemTime,
    ) -> Result<Caller, Refusal> {
        let caller = match token::presented(headers)? {
            Some(token) => self.bearer(token).ok_or(Refusal::Unknown)?,
            None => {
                let certificate = certificate.ok_or(Refusal::Missing)?;
                if certificate.ends <= now {
                    return Err(Refusal::Expired);
                }
                self.holder(certificate).ok_or(Refusal::Unknown)?
            }
        };
        if caller.bearer.is_expired(now) {
            return Err(Refusal::Expired);
        }
        Ok(caller.clone())
    }

    fn bearer(&self, token: &str) -> Option<&Caller> {
        let (hash, caller) = self.tokens.get(&TokenId::of(token)?)?;
        hash.is_of(token).then_some(caller)
    }

    fn holder(&self, certificate: &ClientCertificate) -> Option<&Caller> {
        let by_fingerprint = CertificateName::Fingerprint(certificate.fingerprint);
        let named =
            || certificate.names.iter().find_map(|name| self.certificates.get(&CertificateName::Name(name.clone())));
        self.certificates.get(&by_fingerprint).or_else(named)
    }
}

/// Somebody who may use a tenant. Whoever could before with the same allowance goes on with what was counted.
fn caller(tenant: &Arc<ServedTenant>, name: String, allowed: Allowed, known: Option<&Caller>) -> Caller {
    let kept = known.map(|caller| &caller.bearer).filter(|bearer| bearer.is_same(&name, &allowed)).cloned();
    let bearer = kept.unwrap_or_else(|| Arc::new(Bearer::new(name, allowed)));
    Caller { tenant: tenant.clone(), bearer }
}
