//! What a measuring process is told.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::work::{Kind, LIST, SPREAD};

/// One measurement of one client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The client's name, for programs that have several.
    pub peer: String,
    /// What is done.
    pub kind: Kind,
    /// How many at a time; of an upload, how many parts.
    pub in_flight: usize,
    /// On how many threads.
    pub threads: usize,
    /// How long it is done before the measurement begins, at least once each.
    pub warm_up: Duration,
    /// For how long anything is begun.
    pub length: Duration,
    /// Whether over HTTPS.
    pub is_secure: bool,
    /// The endpoint's host, which the bucket's name comes before; it need not be known to a name server.
    pub host: String,
    /// Where it is.
    pub address: SocketAddr,
    /// Whom to trust, in PEM.
    pub certificate: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// The access key's id.
    pub access_key_id: String,
    /// The access key's secret, which is the emulator's own.
    pub access_key_secret: String,
    /// A folder for what a client keeps from one process to the next.
    pub cache: std::path::PathBuf,
}

impl Job {
    /// The endpoint.
    pub fn endpoint(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.address.port())
    }

    /// The host of the bucket.
    pub fn bucket_host(&self) -> String {
        format!("{}.{}", self.bucket, self.host)
    }

    /// The name of an object that is written or read, or what the names of listed ones begin with.
    pub fn object(&self, number: u64) -> String {
        let number = number % SPREAD;
        match self.kind {
            Kind::Get | Kind::Head => format!("small/{number:03}"),
            Kind::Put => format!("put/{number:03}"),
            Kind::List => LIST.to_owned(),
            Kind::Upload => "uploaded".to_owned(),
            Kind::Download => "large".to_owned(),
        }
    }
}
