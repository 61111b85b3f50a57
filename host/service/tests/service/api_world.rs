//! A server of the API over an emulator with a bucket for each tenant.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ossicle::Engine;
use ossicle_emulator::{BucketSpec, Emulator};
use ossicle_service::{ApiServer, ConfigSource, LiveTenants, NewToken, Server, ServerSettings, TlsFiles};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Body, Client, Reply, whole};
use crate::world::{SECRET, engine};

/// A token, and what the config says of it beside its id and hash.
pub struct Given {
    pub token: NewToken,
    lines: String,
}

impl Given {
    pub fn new(lines: &str) -> Self {
        Self { token: NewToken::draw().unwrap(), lines: lines.to_owned() }
    }

    pub fn text(&self) -> &str {
        &self.token.text
    }

    fn config(&self) -> String {
        let NewToken { id, sha256, .. } = &self.token;
        format!("[[tenant.token]]\nid = \"{id}\"\nsha256 = \"{sha256}\"\n{}\n", self.lines)
    }
}

/// What a config says of a tenant whose bucket has its name.
pub fn tenant(name: &str, endpoint: &str, tokens: &[&Given], more: &str) -> String {
    let tokens: String = tokens.iter().map(|given| given.config()).collect();
    format!(
        "[[tenant]]\nname = \"{name}\"\n[tenant.storage]\nbucket = \"{name}\"\nregion = \"cn-hangzhou\"\n\
         endpoint = \"{endpoint}\"\nattempts = 1\n\
         credentials = {{ access-key-id = \"LTAI-test\", access-key-secret = \"{SECRET}\" }}\n{tokens}{more}\n"
    )
}

/// An emulator with these buckets.
pub async fn emulator_with(buckets: &[&str]) -> Emulator {
    let mut builder = Emulator::builder().access_key("LTAI-test", SECRET);
    for bucket in buckets {
        builder = builder.bucket(BucketSpec::new(*bucket).region("cn-hangzhou"));
    }
    builder.start().await.expect("the emulator starts")
}

/// A process that serves the API by a file.
pub struct ApiProcess {
    pub address: SocketAddr,
    pub tenants: LiveTenants,
    pub config: PathBuf,
    _folder: tempfile::TempDir,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl ApiProcess {
    pub async fn start(config: &str) -> Self {
        Self::start_with(config, ServerSettings::default(), None).await
    }

    pub async fn start_with(config: &str, settings: ServerSettings, tls: Option<&TlsFiles>) -> Self {
        Self::start_on(engine().clone(), config, settings, tls).await
    }

    pub async fn start_on(engine: Engine, config: &str, settings: ServerSettings, tls: Option<&TlsFiles>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serve.toml");
        std::fs::write(&path, config).unwrap();
        let tenants = LiveTenants::open(ConfigSource::File(path.clone()), engine).await.expect("tenants");
        let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(address, tls, ApiServer::new(tenants.clone()), settings).await.expect("a server");
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, tenants, config: path, _folder: folder, stop, served }
    }

    pub fn client(&self) -> Client {
        Client(self.address)
    }

    /// Sends a request with a token.
    pub async fn send(&self, token: &str, method: &str, path: &str, body: &'static str) -> Reply {
        self.send_body(token, method, path, whole(body)).await
    }

    pub async fn send_body(&self, token: &str, method: &str, path: &str, body: Body) -> Reply {
        let authorization = format!("Bearer {token}");
        self.client().send_body(method, path, &[("authorization", &authorization)], body).await
    }

    /// Tells it to stop; the task ends when it has.
    pub fn stop(self) -> JoinHandle<()> {
        let _ = self.stop.send(());
        self.served
    }
}

/// Waits until something holds, for a while.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within 30 s");
}
