//! The pages for people: that of the registry at `/ui`, and that of the API at `/`. They are files that are part of the program.
//!
//! The browser reads what it shows from the registry or the API, as every client does, so that these decide about each of its
//! requests and nothing but the files is given away here.

mod files;
mod responses;

pub(crate) use files::{API, REGISTRY};
pub(crate) use responses::{Policy, answer};
