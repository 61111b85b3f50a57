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
use crate::ram::Ram;
use crate::server::{Listener, Lives};
use crate::shared::Shared;
use crate::stats::{RequestRecord, Snapshot};
use crate::store::SetAside;

/// A running emulator. Clones are the same emulator; it ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Emulator {
    running: Arc<Running>,
}

/// What is listened to besides the main port.
#[derive(Debug)]
pub(crate) struct Beside<T> {
    pub(crate) admin: Option<T>,
    pub(crate) metadata: Option<T>,
    pub(crate) sts: Option<T>,
}

#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    address: SocketAddr,
    beside: Beside<SocketAddr>,
    secure: bool,
    sts_secure: bool,
    stop: watch::Sender<bool>,
    lives: Mutex<Vec<Lives>>,
}

impl Emulator {
    /// Sets up an emulator.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn launch(shared: Arc<Shared>, main: Listener, beside: Beside<Listener>) -> io::Result<Self> {
        let address = main.address()?;
        let secure = main.tls.is_some();
        let sts_secure = beside.sts.as_ref().is_some_and(|listener| listener.tls.is_some());
        let addresses = beside.addresses()?;
        let (stop, stopped) = watch::channel(false);
        let lives = std::iter::once(main)
            .chain(beside.admin)
            .chain(beside.metadata)
            .chain(beside.sts)
            .map(|listener| listener.start(shared.clone(), stopped.clone()))
            .collect();
        let lives = Mutex::new(lives);
        let running = Running { shared, address, beside: addresses, secure, sts_secure, stop, lives };
        Ok(Self { running: Arc::new(running) })
    }

    /// Such as `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> String {
        url(self.running.secure, self.running.address)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.running.address
    }

    /// Where it listens for the admin controls, if it does.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.running.beside.admin
    }

    /// The metadata service, such as `http://127.0.0.1:40124`, if there is one.
    pub fn metadata_endpoint(&self) -> Option<String> {
        self.running.beside.metadata.map(|address| url(false, address))
    }

    /// STS, such as `http://127.0.0.1:40125`, if there is one.
    pub fn sts_endpoint(&self) -> Option<String> {
        self.running.beside.sts.map(|address| url(self.running.sts_secure, address))
    }

    /// The RAM roles, the instance and the tokens.
    pub fn ram(&self) -> &Ram {
        &self.shared().ram
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

    /// The records in the data folder that could not be read at the start, and where they are now.
    pub fn set_aside(&self) -> &[SetAside] {
        self.shared().store.set_aside()
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

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.running.shared
    }
}

impl<T> Default for Beside<T> {
    fn default() -> Self {
        Self { admin: None, metadata: None, sts: None }
    }
}

impl Beside<Listener> {
    fn addresses(&self) -> io::Result<Beside<SocketAddr>> {
        let address = |listener: &Option<Listener>| listener.as_ref().map(Listener::address).transpose();
        Ok(Beside { admin: address(&self.admin)?, metadata: address(&self.metadata)?, sts: address(&self.sts)? })
    }
}

fn url(secure: bool, address: SocketAddr) -> String {
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{address}")
}
