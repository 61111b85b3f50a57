//! Uploads of blobs in several requests.
//!
//! The state of an upload travels in its `Location`, sealed. A process that has it in memory goes on at once; any other one
//! goes on with what was kept in OSS, in a session of its own: see [`LiveUpload`] for why that matters.

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

pub(crate) use live::{LiveUpload, Place};
pub(crate) use locate::WriterOf;
pub(crate) use table::{Checkout, Claim, Sessions};
