//! What a suite stands on: an emulator of its own, and storages of every flavour over it.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use ossicle::{
    Addressing, Certificates, Config, Credentials, Endpoint, Engine, EngineOptions, Limits, PooledClient,
    SignatureVersion, Timeouts, TrustRoots,
};
use ossicle_emulator::{
    AccessKey, BucketSpec, Builder, Emulator, FaultAction, FaultHandle, FaultRule, Operation, Versioning,
};
use ossicle_guest::cert::Storage;
use ossicle_guest::checksum::Crc64;
use ossicle_guest::config as core;
use ossicle_guest::key::ObjectName;
use ossicle_guest::lock::{LockSettings, Locks};
use ossicle_guest::oss::Client;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::native::Native;

/// The bucket of every test.
pub const BUCKET: &str = "certificates";
/// Its region.
pub const REGION: &str = "cn-hangzhou";
/// A domain bound to it.
pub const DOMAIN: &str = "files.localhost";
/// The access key of every test.
pub const ACCESS_KEY_ID: &str = "LTAI-test";
/// Its secret, by which a leak can be found.
pub const SECRET: &str = "canary-secret-7f3a";

/// One engine for a whole test program, on a runtime that outlives each test's own.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let engine = engine(runtime.handle());
    // It is never shut down: the process ends first.
    std::mem::forget(runtime);
    engine
});

/// An engine on a runtime. All test programs together compile the components once.
pub fn engine(runtime: &tokio::runtime::Handle) -> Engine {
    Engine::new(options(runtime)).expect("the components compile")
}

/// The options of [`engine`].
pub fn options(runtime: &tokio::runtime::Handle) -> EngineOptions {
    let program = std::env::current_exe().expect("a program");
    let cache = program.parent().expect("a folder").join("compiled-components");
    EngineOptions::new().runtime(runtime.clone()).cache(cache)
}

/// How a suite's requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Signature Version 4.
    V4,
    /// Signature Version 1.
    V1,
}

/// An emulator and a bucket.
pub struct Ground {
    emulator: Emulator,
    root: &'static str,
}

impl Ground {
    /// A bucket whose storage keeps everything below this root, given with a trailing slash, or nowhere special.
    pub async fn new(root: &'static str) -> Self {
        Self::versioned(root, Versioning::Never).await
    }

    /// The same, with versioning on, suspended, or as it is on most buckets.
    pub async fn versioned(root: &'static str, versioning: Versioning) -> Self {
        Self { root, ..Self::start(Self::bucket(versioning).cname(DOMAIN, BUCKET)).await }
    }

    /// A bucket that is kept in a folder, for more than memory holds.
    pub async fn in_folder(folder: &std::path::Path) -> Self {
        Self::start(Self::folder(folder)).await
    }

    /// The same behind TLS, and whom to trust.
    pub async fn in_folder_over_tls(folder: &std::path::Path) -> (Self, TrustRoots) {
        Self::start_over_tls(Self::folder(folder)).await
    }

    /// A bucket behind TLS, and whom to trust.
    pub async fn over_tls() -> (Self, TrustRoots) {
        Self::start_over_tls(Self::bucket(Versioning::Never)).await
    }

    fn bucket(versioning: Versioning) -> Builder {
        let bucket = BucketSpec::new(BUCKET).region(REGION).versioning(versioning);
        Emulator::builder().bucket(bucket).access_key(ACCESS_KEY_ID, SECRET)
    }

    fn folder(folder: &std::path::Path) -> Builder {
        Self::bucket(Versioning::Never).data_dir(folder)
    }

    async fn start_over_tls(emulator: Builder) -> (Self, TrustRoots) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".into()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let tls = ServerConfig::builder().with_no_client_auth();
        let tls = tls.with_single_cert(vec![made.cert.der().clone()], key).expect("a server");
        let trust = TrustRoots::none().pem(made.cert.pem()).expect("a certificate");
        (Self::start(emulator.tls(tls.into())).await, trust)
    }

    async fn start(emulator: Builder) -> Self {
        Self { emulator: emulator.start().await.expect("the emulator starts"), root: "" }
    }

    /// The emulator.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The config of its storage.
    pub fn config(&self) -> Config {
        let config = Config::new(BUCKET, REGION, Credentials::new(ACCESS_KEY_ID, SECRET))
            .endpoint(Endpoint::Custom(self.emulator.endpoint()))
            .timeouts(Timeouts::new().first_byte(Duration::from_secs(5)).operation(Duration::from_secs(20)))
            .attempts(2);
        if self.root.is_empty() { config } else { config.root(self.root) }
    }

    /// The built component in wasmtime.
    pub fn component(&self, signature: Signature) -> Certificates {
        let config = self.config().signature(match signature {
            Signature::V4 => SignatureVersion::V4,
            Signature::V1 => SignatureVersion::V1,
        });
        self.open(config)
    }

    /// The built component with a config of one's own.
    pub fn open(&self, config: Config) -> Certificates {
        ENGINE.tenant("test", config, Limits::default()).expect("a tenant").certificates()
    }

    /// The built component with temporary credentials, which OSS takes only with their token.
    pub fn component_with_token(&self, signature: SignatureVersion) -> Certificates {
        let token = "canary-token-91c2";
        self.emulator.add_key(AccessKey::new("STS.test", SECRET).token(token));
        let mut config = self.config().signature(signature);
        config.credentials = Credentials::new("STS.test", SECRET).security_token(token).into();
        self.open(config)
    }

    /// The built component, which finds the bucket in the host's name.
    pub fn component_virtual_hosted(&self) -> Certificates {
        let host = format!("http://localhost:{}", self.emulator.addr().port());
        self.open(self.config().endpoint(Endpoint::Custom(host)).addressing(Addressing::VirtualHosted))
    }

    /// The built component, by a domain bound to the bucket.
    pub fn component_at_custom_domain(&self) -> Certificates {
        let host = format!("http://{DOMAIN}:{}", self.emulator.addr().port());
        self.open(self.config().endpoint(Endpoint::Custom(host)).addressing(Addressing::CustomDomain))
    }

    /// The core's settings, natively.
    pub fn settings(&self, signature: Signature) -> core::Settings {
        core::Config {
            bucket: BUCKET.into(),
            region: REGION.into(),
            endpoint: Some(ossicle_guest::endpoint::Endpoint::Custom(self.emulator.endpoint())),
            addressing: None,
            secure: None,
            root: Some(self.root.into()),
            signature: Some(match signature {
                Signature::V4 => core::SignatureVersion::V4,
                Signature::V1 => core::SignatureVersion::V1,
            }),
            credentials: ossicle_guest::credentials::CredentialSource::Static(
                ossicle_guest::credentials::Credentials {
                    access_key_id: ACCESS_KEY_ID.into(),
                    access_key_secret: SECRET.to_owned().into(),
                    security_token: None,
                },
            ),
            roles: Vec::new(),
            timeouts: core::TimeoutOptions::default(),
            attempts: Some(2),
            acl: None,
        }
        .check()
        .expect("the settings are fine")
    }

    /// The core, natively.
    pub fn native(&self, signature: Signature) -> Storage<Native> {
        Storage::new(Native::default(), self.settings(signature))
    }

    /// The core, natively: locks, and a storage that writes under them.
    pub fn native_with_locks(&self, signature: Signature) -> (Locks<Native>, Storage<Native>) {
        let locks = Locks::new(Native::default(), self.settings(signature), LockSettings::default());
        let storage = self.native(signature).with_locks(&locks);
        (locks, storage)
    }

    /// The core, natively, over a client such as the host sends with for the component.
    pub fn native_through(&self, client: PooledClient) -> Storage<Native> {
        Storage::new(Native::through(client), self.settings(Signature::V4))
    }

    /// What stands before every key's object, with a trailing slash.
    pub fn root(&self) -> &str {
        self.root
    }

    /// Puts an object there behind the storage's back.
    pub fn put_raw(&self, name: &str, bytes: &[u8]) {
        self.emulator.bucket(BUCKET).put_raw(name, Bytes::copy_from_slice(bytes));
    }

    /// The ACL that an object was written with, by its whole name.
    pub fn acl(&self, name: &str) -> Option<String> {
        self.emulator.bucket(BUCKET).info(name).expect("an object").acl
    }

    /// Appends to an object behind the storage's back.
    pub async fn append_raw(&self, name: &str, bytes: &[u8]) {
        let client = Client::new(Native::default(), self.settings(Signature::V4));
        let object = ObjectName::listed(name.to_owned()).expect("a name");
        let (mut before, there) = (Crc64::default(), self.get_raw(name).unwrap_or_default());
        before.update(&there);
        let bytes = Bytes::copy_from_slice(bytes);
        client.append_object(name, &object, there.len() as u64, &before, bytes).await.expect("an append");
    }

    /// What an object holds.
    pub fn get_raw(&self, name: &str) -> Option<Bytes> {
        self.emulator.bucket(BUCKET).get_raw(name)
    }

    /// The names of all objects.
    pub fn keys(&self) -> Vec<String> {
        self.emulator.bucket(BUCKET).keys()
    }

    /// The keys of all objects below the storage's root that begin so.
    pub fn keys_below(&self, prefix: &str) -> Vec<String> {
        let prefix = [self.root, prefix].concat();
        let below = self.keys().into_iter().filter(|name| name.starts_with(&prefix));
        below.map(|name| name[self.root.len()..].to_owned()).collect()
    }

    /// How many requests came so far.
    pub fn requests(&self) -> u64 {
        self.emulator.stats().total
    }

    /// How many requests of each operation came since the last call.
    pub fn take_counts(&self) -> Vec<(String, u64)> {
        let stats = self.emulator.stats();
        self.emulator.reset();
        let mut counts: Vec<_> = stats.operations.into_iter().map(|(name, count)| (name.to_string(), count)).collect();
        counts.sort();
        counts
    }

    /// Sets the emulator's clock forward. It may be 15 minutes ahead of the storage's own before OSS minds.
    pub fn advance_clock(&self, seconds: u64) {
        self.emulator.clock().advance(Duration::from_secs(seconds));
    }

    /// A fault from now on. Its handle tells how often it happened.
    pub fn fault(&self, rule: FaultRule) -> FaultHandle {
        self.emulator.faults().add(rule)
    }

    /// No more faults.
    pub fn clear_faults(&self) {
        self.emulator.faults().clear();
    }

    /// Every request is answered with this error.
    pub fn answer_all_with(&self, status: u16, code: &str) {
        let (code, message, ec) = (code.to_owned(), "as the test wants".to_owned(), String::new());
        self.fault(FaultRule::new(FaultAction::Error { status, code, message, ec }));
    }

    /// The next answer to this operation is lost on its way.
    pub fn lose_answers(&self, operation: Operation) {
        self.fault(FaultRule::new(FaultAction::LoseResponse).on(operation).once());
    }

    /// A byte of every answer to this operation is changed on its way.
    pub fn corrupt_responses(&self, operation: Operation) {
        self.fault(FaultRule::new(FaultAction::CorruptResponse { at: 2 }).on(operation));
    }

    /// A byte of every request of this operation is changed on its way.
    pub fn corrupt_requests(&self, operation: Operation) {
        self.fault(FaultRule::new(FaultAction::CorruptRequest { at: 2 }).on(operation));
    }
}
