//! The operations of the API: the table by which requests are routed and from which the OpenAPI document is generated.

mod blobs;
mod certificates;
mod description;
mod locks;
mod parameters;
mod responses;
mod template;

use http::Method;

pub(crate) use description::{BodyKind, Description, Parameter, ParameterLocation, Payload, Schema, Success};
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
    /// The operation of a method and path; `None` if there is none.
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        let (template, _) = Template::find(path)?;
        all().find(|found| found.template == template && found.method == method.as_str()).map(|found| found.operation)
    }

    /// The operation's id in the document, for logs and metrics.
    pub fn name(self) -> &'static str {
        all().find(|found| found.operation == self).map_or("", |found| found.name)
    }

    /// Whether the server should run the operation to its end even if the client disconnects, so that the result of a
    /// change is known and the locks it holds are released. Other operations leave nothing behind when they are
    /// dropped: a wait for a lock then does not acquire it.
    pub fn runs_to_its_end(self) -> bool {
        all().any(|found| found.operation == self && found.method != "GET" && found.method != "HEAD")
            && self != Self::AcquireLock
    }
}
