//! The rows of the table.

use serde::{Deserialize, Serialize};
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// About what a certificate with its chain has.
pub const SMALL: usize = 2048;
/// The part that `distribution` uploads by default.
pub const PART: usize = 10 << 20;
/// A layer of an image: 25 parts and a shorter one.
pub const TRANSFER: u64 = 256 * MIB;
/// How many small objects are put, read and looked at in turn.
pub const SPREAD: u64 = 256;
/// How many keys a listing has: two pages.
pub const LISTED: usize = 2000;
/// What the names of listed objects begin with.
pub const LIST: &str = "list/certificates/acme-v02.api.letsencrypt.org-directory/";

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Reads a small object into memory.
    Get,
    /// Puts a small object.
    Put,
    /// Asks for the size of an object.
    Head,
    /// Lists [`LISTED`] keys.
    List,
    /// Uploads a stream by parts.
    Upload,
    /// Reads a large object as a stream.
    Download,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Its name in the table.
    pub name: &'static str,
    /// What is done.
    pub kind: Kind,
    /// How many at a time; of an upload, how many parts.
    pub in_flight: usize,
    /// How long the server waits with each answer.
    pub latency: Duration,
}

/// A row whose server answers as fast as it can.
pub const fn row(name: &'static str, kind: Kind, in_flight: usize) -> Work {
    Work { name, kind, in_flight, latency: Duration::ZERO }
}

/// A row whose server is 20 ms away.
pub const fn far(name: &'static str, kind: Kind, in_flight: usize) -> Work {
    Work { latency: Duration::from_millis(20), ..row(name, kind, in_flight) }
}

/// All rows.
pub const WORK: [Work; 10] = [
    row("get 2 KiB (1)", Kind::Get, 1),
    row("get 2 KiB (32)", Kind::Get, 32),
    row("put 2 KiB (1)", Kind::Put, 1),
    row("put 2 KiB (32)", Kind::Put, 32),
    row("head (32)", Kind::Head, 32),
    row("list 2000 keys (1)", Kind::List, 1),
    row("upload in parts of 10 MiB (4)", Kind::Upload, 4),
    row("download (1)", Kind::Download, 1),
    far("get 2 KiB at 20 ms (32)", Kind::Get, 32),
    far("upload at 20 ms (4)", Kind::Upload, 4),
];

impl Kind {
    /// Whether it is measured by its bytes rather than by its count.
    pub fn is_transfer(self) -> bool {
        matches!(self, Self::Upload | Self::Download)
    }
}
