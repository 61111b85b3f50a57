//! TLS that trusts the job's certificate.

use ossicle_peers::{Job, Problem};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

pub fn config(job: &Job) -> Result<ClientConfig, Problem> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = &job.certificate {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
    }
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}
