//! Certificates for the ports that speak TLS: from files, or made for the purpose.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate (with those between it and a root) and its private key, as PEM files.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The certificate of a port.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) pair: Pair,
    /// The files go away with this, unless their names were given.
    _folder: Option<TempDir>,
}

impl Made {
    /// One that was made elsewhere.
    pub(crate) fn of(pair: Pair) -> Self {
        Self { pair, _folder: None }
    }
}

impl Pair {
    /// What a server needs of it; otherwise why it cannot be used.
    pub(crate) fn server(&self) -> Result<Arc<ServerConfig>, String> {
        let unusable = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unusable(&self.certificate, &error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unusable(&self.key, &error))?;
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        Ok(Arc::new(config.map_err(|error| unusable(&self.certificate, &error))?))
    }

    fn is_there(&self) -> bool {
        self.certificate.exists() && self.key.exists()
    }
}

/// A certificate for these hosts, signed by itself: the one in the files if there is one, or a new one, which is kept there.
/// Without files it lasts until the end of the program.
pub(crate) fn own(files: Option<Pair>, hosts: Vec<String>) -> Result<Made, String> {
    let (pair, folder) = match files {
        Some(pair) if pair.is_there() => return Ok(Made::of(pair)),
        Some(pair) => (pair, None),
        None => {
            let folder =
                tempfile::Builder::new().prefix("oss-emulator-").tempdir().map_err(|error| error.to_string())?;
            let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
            (Pair { certificate, key }, Some(folder))
        }
    };
    let made = rcgen::generate_simple_self_signed(hosts).map_err(|error| error.to_string())?;
    write(&pair.key, &made.signing_key.serialize_pem(), 0o600)?;
    write(&pair.certificate, &made.cert.pem(), 0o644)?;
    Ok(Made { pair, _folder: folder })
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), String> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}
