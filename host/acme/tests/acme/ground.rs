//! What the tests stand on: an emulator with a bucket, and tenants of it.

use crate::relay::Relay;
use ossicle::{Certificates, Config, Credentials, Endpoint, Engine, EngineOptions, Limits, LockOptions, Timeouts};
use ossicle_emulator::{BucketHandle, BucketSpec, Emulator};
use std::sync::LazyLock;
use std::time::Duration;

/// As long as a loaded machine may take for what takes no time.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// The shortest lease that there is.
pub const LEASE: Duration = Duration::from_secs(15);
const BUCKET: &str = "certificates";

/// One engine for all tests, on a runtime that outlives each test's own.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let program = std::env::current_exe().expect("a program");
    let cache = program.parent().expect("a folder").join("compiled-components");
    let engine = Engine::new(EngineOptions::new().runtime(runtime.handle().clone()).cache(cache));
    // It is never shut down: the process ends first.
    std::mem::forget(runtime);
    engine.expect("the components compile")
});

/// An emulator with a bucket.
pub struct Ground {
    emulator: Emulator,
}

impl Ground {
    pub async fn new() -> Self {
        let emulator = Emulator::builder().bucket(BucketSpec::new(BUCKET)).access_key("id", "secret");
        Self { emulator: emulator.start().await.expect("the emulator starts") }
    }

    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The storage of another process: a tenant of its own.
    pub fn certificates(&self) -> Certificates {
        self.in_bucket(BUCKET)
    }

    pub fn in_bucket(&self, bucket: &str) -> Certificates {
        tenant(bucket, self.emulator.endpoint())
    }

    /// The same, behind a network of one's own.
    pub fn through(&self, relay: &Relay) -> Certificates {
        tenant(BUCKET, relay.endpoint())
    }

    /// The bucket as a program finds it that knows nothing of this storage.
    pub fn bucket(&self) -> BucketHandle {
        self.emulator.bucket(BUCKET)
    }

    /// The names of all objects.
    pub fn names(&self) -> Vec<String> {
        self.bucket().keys()
    }
}

fn tenant(bucket: &str, endpoint: String) -> Certificates {
    let poll = (Duration::from_millis(50), Duration::from_millis(200));
    let config = Config::new(bucket, "cn-hangzhou", Credentials::new("id", "secret"))
        .endpoint(Endpoint::Custom(endpoint))
        .timeouts(Timeouts::new().first_byte(PATIENCE).operation(PATIENCE))
        .locks(LockOptions::new().lease(LEASE).poll(poll.0, poll.1))
        .attempts(1);
    ENGINE.tenant("acme", config, Limits::default()).expect("a tenant").certificates()
}

/// Waits until it holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}
