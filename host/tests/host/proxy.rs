//! 4.9: proxies, where they were asked for.

use crate::certificate_authority::HttpsServer;
use crate::server::Server;
use crate::support::{config, config_of, engine, get, options};
use ossicle::{Addressing, ConnectionCause, Limits, Proxies, Tenant, TrustRoots};
use rustls::HandshakeKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const HOST: &str = "bucket.oss.test";

/// A proxy that connects to one server, whatever name it is asked for.
struct ProxyServer {
    address: SocketAddr,
    /// The heads of what it was asked.
    heads: Arc<Mutex<Vec<String>>>,
}

impl ProxyServer {
    /// One that answers every CONNECT with this status, where there is one.
    async fn start(server: SocketAddr, refuses: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client may go away as it likes.
                tokio::spawn(serve(stream, server, refuses, seen.clone()));
            }
        });
        Self { address, heads }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    stream: TcpStream,
    server: SocketAddr,
    refuses: Option<&'static str>,
    seen: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    seen.lock().unwrap().push(head.to_ascii_lowercase());
    if let Some(status) = refuses {
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
        return Ok(());
    }
    if !head.starts_with("CONNECT ") {
        return stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nproxy").await;
    }
    let mut onward = TcpStream::connect(server).await?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut onward).await?;
    Ok(())
}

fn tenant(ca: &str, proxies: Proxies, endpoint: &str) -> Tenant {
    let roots = TrustRoots::none().pem(ca).unwrap();
    let engine = engine(options().trust(roots).proxies(proxies));
    engine.tenant("test", config("bucket", endpoint), Limits::default()).unwrap()
}

#[tokio::test]
async fn https_goes_through_a_tunnel_with_tls_from_end_to_end() {
    let server = HttpsServer::start(HOST).await;
    let proxy = ProxyServer::start(server.address, None).await;
    let url = format!("http://user:pass@{}", proxy.address);
    let tenant = tenant(&server.ca, Proxies::all(&url, "").unwrap(), "oss.test");
    for _ in 0..2 {
        // The name is looked up by the proxy: here nobody knows it.
        assert_eq!(get(&tenant, &format!("https://{HOST}/")).await, "200 hello");
    }
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "the tunnel is kept: {heads:?}");
    assert!(heads[0].starts_with("connect bucket.oss.test:443 http/1.1\r\n"), "{heads:?}");
    // user:pass, in base64 and in lower case.
    assert!(heads[0].contains("proxy-authorization: basic dxnlcjpwyxnz\r\n"), "{heads:?}");
    assert_eq!(*server.handshakes.lock().unwrap(), [HandshakeKind::Full], "TLS is with the server itself");
    assert_eq!(tenant.metrics().connections, 1);
}

/// The proxy may be whoever it likes: who is no server of that name is not believed.
#[tokio::test]
async fn a_proxy_can_not_stand_in_for_the_server() {
    let (server, other) = (HttpsServer::start(HOST).await, HttpsServer::start(HOST).await);
    let proxy = ProxyServer::start(other.address, None).await;
    let tenant = tenant(&server.ca, Proxies::all(&proxy.url(), "").unwrap(), "oss.test");
    assert_eq!(get(&tenant, &format!("https://{HOST}/")).await, "ErrorCode::TlsCertificateError");
}

#[tokio::test]
async fn http_is_sent_to_the_proxy_as_it_is() {
    let server = HttpsServer::start(HOST).await;
    let proxy = ProxyServer::start(server.address, None).await;
    let url = format!("http://user:pass@{}", proxy.address);
    let tenant = tenant(&server.ca, Proxies::all(&url, "").unwrap(), "http://oss.test:8080");
    assert_eq!(get(&tenant, "http://bucket.oss.test:8080/k").await, "200 proxy");
    let heads = proxy.heads();
    assert!(heads[0].starts_with("get http://bucket.oss.test:8080/k http/1.1\r\n"), "{heads:?}");
    assert!(heads[0].contains("proxy-authorization: basic dxnlcjpwyxnz\r\n"), "{heads:?}");
}

/// The allow-list is that of the endpoint, whatever stands in between.
#[tokio::test]
async fn nothing_else_goes_through_it() {
    let server = HttpsServer::start(HOST).await;
    let proxy = ProxyServer::start(server.address, None).await;
    let proxies = Proxies::all(&proxy.url(), "").unwrap();
    let bucket = tenant(&server.ca, proxies.clone(), "oss.test");
    for url in ["https://other.oss.test/", "http://bucket.oss.test/", "https://bucket.oss.test:8443/"] {
        assert!(get(&bucket, url).await.contains("HttpRequestDenied"), "{url}");
    }
    // Nor an address that no bucket can have, nor this machine.
    for address in ["169.254.169.254", "100.100.100.200"] {
        let config = config("bucket", &format!("http://{address}")).addressing(Addressing::Path);
        let engine = engine(options().proxies(proxies.clone()));
        let tenant = engine.tenant("test", config, Limits::default()).unwrap();
        let said = get(&tenant, &format!("http://{address}/bucket/")).await;
        assert!(said.contains("DestinationIpProhibited"), "{said}");
    }
    let here = Server::start().await;
    let engine = engine(options().proxies(proxies));
    let tenant = engine.tenant("test", config_of("bucket", &here), Limits::default()).unwrap();
    assert_eq!(get(&tenant, &here.url("/")).await, "200 hello");
    assert_eq!(proxy.heads(), [""; 0]);
}

#[tokio::test]
async fn a_list_of_exceptions_and_a_bound_name_go_past_it() {
    let server = HttpsServer::start(HOST).await;
    let proxy = ProxyServer::start(server.address, None).await;
    let tenant = tenant(&server.ca, Proxies::all(&proxy.url(), "oss.test").unwrap(), "oss.test");
    assert!(get(&tenant, &format!("https://{HOST}/")).await.contains("DnsError"));

    let roots = TrustRoots::none().pem(&server.ca).unwrap();
    let bound = options().trust(roots).proxies(Proxies::all(&proxy.url(), "").unwrap());
    let engine = engine(bound.resolve(HOST, 443, server.address));
    let tenant = engine.tenant("test", config("bucket", "oss.test"), Limits::default()).unwrap();
    assert_eq!(get(&tenant, &format!("https://{HOST}/")).await, "200 hello");
    assert_eq!(proxy.heads(), [""; 0]);
}

#[tokio::test]
async fn what_a_proxy_refuses_is_told() {
    let server = HttpsServer::start(HOST).await;
    let cause = async |proxies: Proxies| {
        let tenant = tenant(&server.ca, proxies, "oss.test");
        let said = get(&tenant, &format!("https://{HOST}/")).await;
        assert_eq!(said, "ErrorCode::DestinationUnavailable");
        let problems = tenant.connection_problems();
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert!(problem.is_bucket && matches!(problem.cause, ConnectionCause::Proxy { .. }), "{problem:?}");
        problem.to_string()
    };
    let proxy = ProxyServer::start(server.address, Some("407 Proxy Authentication Required")).await;
    let told = cause(Proxies::all(&format!("http://user:hush@{}", proxy.address), "").unwrap()).await;
    assert!(told.ends_with("answers 407 Proxy Authentication Required"), "{told}");
    assert!(told.contains(&proxy.url()) && !told.contains("hush"), "{told}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = cause(Proxies::all(&format!("http://{closed}"), "").unwrap()).await;
    assert!(told.ends_with("refuses connections"), "{told}");
    let told = cause(Proxies::all("http://no-such-proxy.invalid:3128", "").unwrap()).await;
    assert!(told.contains("http://no-such-proxy.invalid:3128") && told.contains("can't be resolved"), "{told}");
}
