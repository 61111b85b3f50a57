//! Uploads of blobs in several requests.
//!
//! The state of an upload is part of its `Location`, which is authenticated. A process that has the upload in memory
//! continues immediately; any other one continues from what is stored in OSS, in a session of its own: see
//! [`LiveUpload`] for the reason.

mod cancel;
mod content;
mod durable;
mod live;
mod locate;
mod remains;
mod requests;
mod resume;
mod table;
mod token;
mod write;

pub(crate) use live::{ContentLocation, LiveUpload};
pub(crate) use locate::WriterOf;
pub(crate) use table::{Checkout, Claim, Sessions};
