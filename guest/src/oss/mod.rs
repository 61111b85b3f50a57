//! The client of OSS, the only module that knows its protocol. It builds, signs and sends requests, retries them if
//! that can help, and converts responses into values or typed errors. There is one file for each operation or family of
//! operations.

mod acl;
mod advice;
mod answer;
mod append;
mod attempt;
mod attributes;
mod batch;
mod body;
mod call;
mod change;
mod client;
mod condition;
mod copy;
mod create;
mod document;
mod download;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod headers;
mod identity;
mod keeping;
mod leaf;
mod listing;
mod meta;
mod multipart;
mod object;
mod presign;
mod reading;
mod retry;
mod tagging;
mod tail;
mod versioning;
mod window;

#[cfg(test)]
mod exchange_tests;

pub use acl::ObjectAcl;
pub use append::{Appended, Appending};
pub use attributes::Attributes;
pub use batch::{Deleted, MAX_BATCH};
pub use change::{Change, Made};
pub use client::Client;
pub use condition::Condition;
pub use download::{Opened, Wanted};
pub(crate) use headers::VALUE_SIZE;
pub use identity::Identity;
pub use keeping::{ServerSideEncryption, StorageClass};
pub use listing::{Continuation, ListFrom, ListRequest, Listed, ListedObject, MAX_KEYS};
pub use meta::{ObjectMeta, ObjectState};
pub(crate) use multipart::is_no_such_upload;
pub use multipart::{ListedPart, ListedUpload, PartContent, PartCopy, UploadedPart, Uploads, UploadsRequest};
pub use object::{Loaded, LoadedRange};
pub use presign::{PresignMethod, SignedUrl};
pub(crate) use retry::pause;
pub use tail::LoadedSuffix;
pub use versioning::Versioning;
pub use window::{Guard, Window};
