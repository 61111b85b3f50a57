//! A running emulator.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::auth::AccessKey;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::handle::BucketHandle;
use crate::server::{Listener, Lives};
use crate::shared::Shared;
use crate::stats::{RequestRecord, Snapshot};

/// A running emulator. Clones are the same emulator; it ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Emulator {
    running: Arc<Running>,
}

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    address: SocketAddr,
    admin: Option<SocketAddr>,
    secure: bool,
    stop: watch::Sender<bool>,
    lives: Mutex<Vec<Lives>>,
}

impl Emulator {
    /// Sets up an emulator.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn launch(
        shared: Arc<Shared>,
        main: Listener,
        admin: Option<Listener>,
        secure: bool,
    ) -> io::Result<Self> {
        let address = main.address()?;
        let admin_address = admin.as_ref().map(Listener::address).transpose()?;
        let (stop, stopped) = watch::channel(false);
        let lives = std::iter::once(main)
            .chain(admin)
            .map(|listener| listener.start(shared.clone(), stopped.clone()))
            .collect();
        let running = Running { shared, address, admin: admin_address, secure, stop, lives: Mutex::new(lives) };
        Ok(Self { running: Arc::new(running) })
    }

    /// Such as `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> String {
        let scheme = if self.running.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.running.address)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.running.address
    }

    /// Where it listens for the admin controls, if it does.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.running.admin
    }

    /// The counters.
    pub fn stats(&self) -> Snapshot {
        self.shared().stats.snapshot()
    }

    /// The newest requests, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared().stats.requests()
    }

    /// Sets the counters to zero and forgets the requests. Faults, clock and objects stay.
    pub fn reset(&self) {
        self.shared().stats.reset();
    }

    /// The faults.
    pub fn faults(&self) -> &Faults {
        &self.shared().faults
    }

    /// Delays every request from now on.
    pub fn set_latency(&self, latency: Duration) {
        self.shared().set_latency(latency);
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.shared().clock
    }

    /// Knows another access key, in place of one of the same id.
    pub fn add_key(&self, key: AccessKey) {
        self.shared().keys.insert(key);
    }

    /// Forgets an access key.
    pub fn remove_key(&self, id: &str) {
        self.shared().keys.remove(id);
    }

    /// A bucket, past the API.
    ///
    /// # Panics
    ///
    /// If there is no such bucket: a mistake in a test.
    pub fn bucket(&self, name: &str) -> BucketHandle {
        match self.try_bucket(name) {
            Some(bucket) => bucket,
            None => panic!("the emulator has no bucket {name:?}"),
        }
    }

    /// A bucket, past the API, if there is one of that name.
    pub fn try_bucket(&self, name: &str) -> Option<BucketHandle> {
        let bucket = self.shared().store.bucket(name)?;
        Some(BucketHandle::new(bucket, self.shared().clock.clone()))
    }

    /// The names of all buckets.
    pub fn buckets(&self) -> Vec<String> {
        self.shared().store.buckets().iter().map(|bucket| bucket.name().to_owned()).collect()
    }

    /// Stops listening, lets requests under way finish for up to five seconds, and ends.
    pub async fn shutdown(self) {
        self.running.stop.send_replace(true);
        let lives = std::mem::take(&mut *self.running.lives.lock().unwrap_or_else(PoisonError::into_inner));
        for mut life in lives {
            life.ended().await;
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.running.shared
    }
}
