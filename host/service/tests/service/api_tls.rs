//! The API over TLS: certificates that are read again, and clients that are known by theirs.

use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use ossicle_service::{ServerSettings, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::api_world::{ApiProcess, emulator_with, tenant, until};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for a name, and its key.
fn issue(authority: &Authority, name: &str) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap(), key)
}

fn write(folder: &Path, (certificate, key): &(rcgen::Certificate, KeyPair)) {
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
}

/// The status of a request, and the certificate that the server showed.
async fn get(
    process: &ApiProcess,
    authority: &Authority,
    shown: Option<&(rcgen::Certificate, KeyPair)>,
    path: &str,
) -> Result<(u16, CertificateDer<'static>), std::io::Error> {
    get_for(process, authority, shown, path, None).await
}

/// As [`get`], as a browser asks for a page of this site.
async fn get_for(
    process: &ApiProcess,
    authority: &Authority,
    shown: Option<&(rcgen::Certificate, KeyPair)>,
    path: &str,
    site: Option<&str>,
) -> Result<(u16, CertificateDer<'static>), std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match shown {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            builder.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
        }
    };
    let stream = TcpStream::connect(process.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    let failed = std::io::Error::other::<hyper::Error>;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    tokio::spawn(connection);
    let mut request = http::Request::get(path).header("host", "localhost");
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status().as_u16();
    response.into_body().collect().await.map_err(failed)?;
    Ok((status, certificate))
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_that_changes_is_shown_to_connections_from_then_on() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), authority());
    let emulator = emulator_with(&["one"]).await;
    let (first, second) = (issue(&authority, "localhost"), issue(&authority, "localhost"));
    write(folder.path(), &first);
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
        client_authorities: None,
    };
    let config = tenant("one", &emulator.endpoint(), &[], "");
    let process = ApiProcess::start_with(&config, ServerSettings::default(), Some(&files)).await;
    let (status, shown) = get(&process, &authority, None, "/healthz").await.unwrap();
    assert_eq!((status, &shown), (200, first.0.der()));
    // A certificate whose key is another one is not taken.
    std::fs::write(folder.path().join("cert.pem"), second.0.pem() + "\n").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(&get(&process, &authority, None, "/healthz").await.unwrap().1, first.0.der());
    std::fs::write(folder.path().join("key.pem"), second.1.serialize_pem() + "\n").unwrap();
    until("the new certificate is shown", async || {
        &get(&process, &authority, None, "/healthz").await.unwrap().1 == second.0.der()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_is_known_by_its_certificate() {
    let (folder, servers, clients) = (tempfile::tempdir().unwrap(), authority(), authority());
    let emulator = emulator_with(&["one", "two"]).await;
    write(folder.path(), &issue(&servers, "localhost"));
    std::fs::write(folder.path().join("clients.pem"), clients.pem()).unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    let files = TlsFiles {
        certificate: in_folder("cert.pem"),
        key: in_folder("key.pem"),
        client_authorities: Some(in_folder("clients.pem")),
    };
    let by_name = issue(&clients, "build.example");
    let by_fingerprint = issue(&clients, "other.example");
    let fingerprint: String = {
        use sha2::{Digest, Sha256};
        Sha256::digest(by_fingerprint.0.der()).iter().map(|byte| format!("{byte:02X}:")).collect()
    };
    let endpoint = emulator.endpoint();
    let tls = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nclient-authorities = {:?}\n",
        files.certificate,
        files.key,
        in_folder("clients.pem")
    );
    let one = tenant("one", &endpoint, &[], "[[tenant.certificate]]\nname = \"build.example\"\nrights = [\"read\"]");
    let two =
        format!("[[tenant.certificate]]\nfingerprint = \"{}\"\nrights = [\"read\"]", fingerprint.trim_end_matches(':'));
    let config = tls + &one + &tenant("two", &endpoint, &[], &two);
    emulator.bucket("two").put_raw("sites/a", "x");
    let process = ApiProcess::start_with(&config, ServerSettings::default(), Some(&files)).await;
    let path = "/v1/certificate-info/sites/a";
    assert_eq!(get(&process, &servers, Some(&by_name), path).await.unwrap().0, 404, "the bucket of the first is empty");
    assert_eq!(get(&process, &servers, Some(&by_fingerprint), path).await.unwrap().0, 200);
    assert_eq!(get(&process, &servers, None, path).await.unwrap().0, 401);
    // A browser shows it for pages of other sites, too.
    for (site, expected) in [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)] {
        let answered = get_for(&process, &servers, Some(&by_fingerprint), path, Some(site)).await;
        assert_eq!(answered.unwrap().0, expected, "{site}");
    }
    let unknown = issue(&clients, "unknown.example");
    assert_eq!(get(&process, &servers, Some(&unknown), path).await.unwrap().0, 401);
    // One that another authority issued ends the connection.
    let foreign = issue(&servers, "build.example");
    assert!(get(&process, &servers, Some(&foreign), path).await.is_err());
}
