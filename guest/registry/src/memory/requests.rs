//! The requests that a driver would have sent to OSS.

/// An operation of OSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are OSS's")]
pub enum Operation {
    GetObject,
    HeadObject,
    PutObject,
    AppendObject,
    CopyObject,
    DeleteObject,
    DeleteMultipleObjects,
    ListObjects,
    InitiateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListMultipartUploads,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The operation.
    pub operation: Operation,
    /// The path of the file, or the directory that is listed.
    pub path: String,
}
