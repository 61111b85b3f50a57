//! Whom HTTPS endpoints are believed.

use crate::error::{Error, SetupProblem};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Which certificate authorities are believed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrustRoots {
    /// Mozilla's, compiled in. Default: yes.
    pub mozilla: bool,
    /// The operating system's, or in their place those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, which must be there.
    /// Default: yes.
    pub system: bool,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for TrustRoots {
    fn default() -> Self {
        Self { mozilla: true, system: true, extra: Vec::new() }
    }
}

impl TrustRoots {
    /// Mozilla's and the operating system's.
    pub fn new() -> Self {
        Self::default()
    }

    /// None but those that are added.
    pub fn none() -> Self {
        Self { mozilla: false, system: false, extra: Vec::new() }
    }

    /// Adds the certificates of a PEM text. Fails with [`Error::Engine`] when there is none in it.
    pub fn pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        let before = self.extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_ref()) {
            self.extra.push(
                certificate
                    .map_err(|error| Error::Engine(SetupProblem::of(format!("a CA certificate: {error}"), error)))?,
            );
        }
        if self.extra.len() == before {
            return Err(Error::engine("there is no certificate in the PEM text of the CA"));
        }
        Ok(self)
    }

    /// Adds the certificates of a PEM file. Fails with [`Error::Engine`] when it can't be read or has none.
    pub fn pem_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let pem = std::fs::read(path)
            .map_err(|error| Error::Engine(SetupProblem::of(format!("{}: {error}", path.display()), error)))?;
        self.pem(pem)
    }

    /// The TLS configuration of a client that believes these. For the `ossicle` command, which fetches credentials itself
    /// where the component can't.
    #[doc(hidden)]
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, Error> {
        Trust::new(self.clone()).client()
    }

    fn store(&self) -> Result<RootCertStore, Error> {
        let mut store = RootCertStore::empty();
        if self.mozilla {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        if self.system {
            check_named(&|name| std::env::var_os(name))?;
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!(%error, "a certificate authority of the operating system is left out");
            }
            // Stores of operating systems hold certificates that no verifier takes; they are no reason to fail.
            store.add_parsable_certificates(found.certs);
        }
        for certificate in &self.extra {
            store
                .add(certificate.clone())
                .map_err(|error| Error::Engine(SetupProblem::of(format!("a CA certificate: {error}"), error)))?;
        }
        if store.is_empty() {
            return Err(Error::engine("no certificate authority is trusted: no HTTPS endpoint could be"));
        }
        Ok(store)
    }
}

/// What the environment names in place of the operating system's authorities must be there: whoever names it wants no other.
/// (One bad file of several in a folder is left out, as OpenSSL does.)
fn check_named(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<(), Error> {
    let named = |name| variable(name).filter(|value| !value.is_empty());
    let refused = |name: &str, path: &Path, why: &dyn std::fmt::Display| {
        format!("{name} names {}, which can't be used: {why}", path.display())
    };
    if let Some(file) = named("SSL_CERT_FILE").map(PathBuf::from) {
        let found = rustls_native_certs::load_certs_from_paths(Some(&file), None);
        if let Some(error) = found.errors.first() {
            return Err(Error::engine(refused("SSL_CERT_FILE", &file, error)));
        }
        if found.certs.is_empty() {
            return Err(Error::engine(refused("SSL_CERT_FILE", &file, &"there is no certificate in it")));
        }
    }
    for folder in std::env::split_paths(&named("SSL_CERT_DIR").unwrap_or_default()) {
        if !folder.as_os_str().is_empty() {
            std::fs::read_dir(&folder)
                .map_err(|error| Error::Engine(SetupProblem::of(refused("SSL_CERT_DIR", &folder, &error), error)))?;
        }
    }
    Ok(())
}

/// The roots, read when the first tenant needs them.
#[derive(Debug)]
pub(crate) struct Trust {
    roots: TrustRoots,
    store: OnceLock<Result<Arc<RootCertStore>, Error>>,
}

impl Trust {
    pub(crate) fn new(roots: TrustRoots) -> Self {
        Self { roots, store: OnceLock::new() }
    }

    /// A TLS configuration with a memory for sessions of its own: a tenant's sessions are not another's to resume.
    pub(crate) fn client(&self) -> Result<Arc<ClientConfig>, Error> {
        let store = self.store.get_or_init(|| self.roots.store().map(Arc::new)).clone()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Engine(SetupProblem::of(format!("TLS: {error}"), error)))?;
        let mut config = builder.with_root_certificates(store).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4.8: what is named and can't be read is an error, not a smaller set of authorities.
    #[test]
    fn what_the_environment_names_must_be_there() {
        let folder = std::env::temp_dir().join(format!("ossicle-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let empty = folder.join("empty.pem");
        std::fs::write(&empty, "no certificate").unwrap();
        let missing = folder.join("missing");
        let check = |name: &'static str, value: &Path| {
            let value = value.as_os_str().to_owned();
            check_named(&move |asked| (asked == name).then(|| value.clone())).map_err(|error| error.to_string())
        };
        for (name, path) in [
            ("SSL_CERT_FILE", &missing),
            ("SSL_CERT_FILE", &empty),
            ("SSL_CERT_FILE", &folder),
            ("SSL_CERT_DIR", &missing),
        ] {
            let told = check(name, path).unwrap_err();
            assert!(told.contains(name) && told.contains(&path.display().to_string()), "{told}");
        }
        assert_eq!(check("SSL_CERT_DIR", &folder), Ok(()));
        assert_eq!(check("SSL_CERT_FILE", Path::new("")), Ok(()));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
