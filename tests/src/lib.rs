//! Behaviour suites of Ossicle: written once, run over every flavour, against the emulator over real sockets.

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The programs of the library's documentation compile.
#[cfg(doctest)]
#[doc = include_str!("../../host/README.md")]
pub struct LibraryReadme;

mod apart;
pub mod bare;
mod blob_driver;
pub mod blobs;
mod cert_storage;
mod ground;
mod locking;
pub mod measure;
pub mod native;
pub mod p2;
pub mod suites;
mod together;

pub use apart::{Apart, serve_apart};
pub use blob_driver::{
    BlobCause, BlobContent, BlobDriver, BlobFailed, BlobReader, BlobUrl, BlobWhy, BlobWriter, NativeBlobs, Told,
    Unreadable,
};
pub use cert_storage::{CertStorage, Failed, KeyEntry, KeyInfo};
pub use ground::{ACCESS_KEY_ID, BUCKET, DOMAIN, ENGINE, Ground, REGION, SECRET, Signature, engine, options};
pub use locking::{Leased, LockFailed, Locking, State};
pub use together::Together;
