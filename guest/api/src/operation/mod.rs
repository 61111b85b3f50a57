//! The operations of the API: the one table by which requests are routed and of which the document is made.

mod blobs;
mod certificates;
mod description;
mod locks;
mod parameters;
mod responses;
mod template;

use http::Method;

pub(crate) use description::{BodyKind, Description, Parameter, Payload, Place, Schema, Success};
pub(crate) use parameters::{LEASE_HEADER, LONGEST_NAME, LONGEST_WAIT_MS, OFFSET_HEADER};
pub(crate) use responses::ResponseHeader;
pub(crate) use template::Template;

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the table says what each does")]
pub enum Operation {
    Document,
    ListCertificates,
    GetCertificate,
    HeadCertificate,
    PutCertificate,
    DeleteCertificate,
    StatCertificate,
    InspectLock,
    BreakLock,
    AcquireLock,
    RenewLease,
    ReleaseLease,
    ListBlobs,
    GetBlob,
    HeadBlob,
    PutBlob,
    DeleteBlob,
    StatBlob,
    WalkBlobs,
    CopyBlob,
    MoveBlob,
    PresignBlob,
    BeginUpload,
    UploadStatus,
    HeadUpload,
    AppendUpload,
    AbortUpload,
    CommitUpload,
}

/// All operations.
pub(crate) fn all() -> impl Iterator<Item = &'static Description> {
    [description::DOCUMENT].into_iter().chain([certificates::TABLE, locks::TABLE, blobs::TABLE]).flatten()
}

impl Operation {
    /// The operation of a method and path, if there is one.
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        let (template, _) = Template::find(path)?;
        all().find(|found| found.template == template && found.method == method.as_str()).map(|found| found.operation)
    }

    /// Its name, as the document has it: for logs and metrics.
    pub fn name(self) -> &'static str {
        all().find(|found| found.operation == self).map_or("", |found| found.name)
    }

    /// Whether the server should let it run to its end when its client goes away, so that what came of a change is known and
    /// what it holds is given back. The others leave nothing behind when they are dropped: a wait for a lock gets no lock for
    /// nobody then.
    pub fn runs_to_its_end(self) -> bool {
        all().any(|found| found.operation == self && found.method != "GET" && found.method != "HEAD")
            && self != Self::AcquireLock
    }
}
