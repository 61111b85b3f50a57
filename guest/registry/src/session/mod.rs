//! Uploads of blobs in several requests.
//!
//! The state of an upload travels in its `Location`, sealed. A process that has it in memory goes on at once; any other one
//! goes on with what was kept in OSS.

mod content;
mod durable;
mod live;
mod locate;
mod requests;
mod resume;
mod table;
mod token;

pub(crate) use live::{LiveUpload, Place};
pub(crate) use table::{Checkout, Claim, Sessions};
