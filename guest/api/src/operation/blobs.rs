//! Operations on blobs.

use super::parameters::{
    AFTER, BLOB_PATH, CREATE_ONLY, DIRECTORY, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LEASE, LIMIT, OFFSET, RANGE, RECURSIVE_DELETE, RECURSIVE_LIST, UPLOAD,
};
use super::responses::{self, document};
use super::{BodyKind, Description, Operation, Parameter, Payload, ResponseHeader, Success, Template};
use crate::access::Right;
use crate::problem::ProblemKind;

const GROUP: &str = "Blobs";
const UPLOADS: &str = "Uploads";

const VALIDATORS: &[ResponseHeader] = &[ResponseHeader::ETag, ResponseHeader::LastModified];

const NOT_MODIFIED: Success = Success {
    status: 304,
    description: "The file is the one that the conditions name.",
    payload: Payload::None,
    headers: VALIDATORS,
};

const READ_PARAMETERS: &[Parameter] =
    &[BLOB_PATH, RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];

const READ_PROBLEMS: &[&[ProblemKind]] = &[
    responses::REQUEST,
    responses::STORAGE,
    responses::ABSENT,
    responses::CHANGE,
    &[ProblemKind::PreconditionFailed, ProblemKind::RangeNotSatisfiable],
];

const COPY_PROBLEMS: &[&[ProblemKind]] = &[
    responses::REQUEST,
    responses::STORAGE,
    responses::ABSENT,
    responses::CHANGE,
    responses::LEASE,
    responses::CONTENT,
];

const UPLOAD_PROBLEMS: &[&[ProblemKind]] =
    &[responses::REQUEST, responses::STORAGE, responses::ABSENT, responses::CHANGE, &[ProblemKind::UploadBusy]];

const WRITTEN: Success = Success {
    status: 200,
    description: "The file is stored.",
    payload: Payload::Json("Written"),
    headers: &[ResponseHeader::ETag],
};

const fn read(operation: Operation, name: &'static str, method: &'static str) -> Description {
    let (successes, summary): (&[Success], _) = match method.as_bytes() {
        b"HEAD" => (
            &[
                Success {
                    status: 200,
                    description: "What is known of the file.",
                    payload: Payload::None,
                    headers: VALIDATORS,
                },
                Success {
                    status: 206,
                    description: "What is known of the range.",
                    payload: Payload::None,
                    headers: &[ResponseHeader::ETag, ResponseHeader::LastModified, ResponseHeader::ContentRange],
                },
                NOT_MODIFIED,
            ],
            "Read a file's headers",
        ),
        _ => (
            &[
                Success { status: 200, description: "The content.", payload: Payload::Bytes, headers: VALIDATORS },
                Success {
                    status: 206,
                    description: "The range of the content.",
                    payload: Payload::Bytes,
                    headers: &[ResponseHeader::ETag, ResponseHeader::LastModified, ResponseHeader::ContentRange],
                },
                NOT_MODIFIED,
            ],
            "Read a file",
        ),
    };
    Description {
        operation,
        name,
        method,
        template: Template::Blob,
        group: GROUP,
        summary,
        description: "A content that breaks off ends with a broken connection: only a content of its announced length is whole \
                      and was checked.",
        needs: &[Right::Read],
        parameters: READ_PARAMETERS,
        body: BodyKind::None,
        successes,
        problems: READ_PROBLEMS,
    }
}

pub(super) const TABLE: &[Description] = &[
    Description {
        operation: Operation::ListBlobs,
        name: "listBlobs",
        method: "GET",
        template: Template::Blobs,
        group: GROUP,
        summary: "List a directory",
        description: "A page of what is in a directory. A directory that is not there is empty.",
        needs: &[Right::Read],
        parameters: &[DIRECTORY, RECURSIVE_LIST, AFTER, LIMIT],
        body: BodyKind::None,
        successes: &[document(200, "A page of entries.", "BlobList")],
        problems: &[responses::REQUEST, responses::STORAGE],
    },
    read(Operation::GetBlob, "getBlob", "GET"),
    read(Operation::HeadBlob, "headBlob", "HEAD"),
    Description {
        operation: Operation::PutBlob,
        name: "putBlob",
        method: "PUT",
        template: Template::Blob,
        group: GROUP,
        summary: "Write a file",
        description: "Makes a file or replaces all of one; it changes when all of the content has arrived and was checked. \
                      `If-None-Match: *` is decided by OSS. With other conditions and without a lease the change is made \
                      under a lock of the file's own, so that of several such changes one succeeds; a change without \
                      conditions does not heed that lock.",
        needs: &[Right::Write],
        parameters: &[BLOB_PATH, LEASE, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE],
        body: BodyKind::Bytes,
        successes: &[WRITTEN],
        problems: &[
            responses::REQUEST,
            responses::STORAGE,
            responses::CHANGE,
            responses::LEASE,
            responses::CONDITIONS,
            responses::CONTENT,
        ],
    },
    Description {
        operation: Operation::DeleteBlob,
        name: "deleteBlob",
        method: "DELETE",
        template: Template::Blob,
        group: GROUP,
        summary: "Remove a file or a directory",
        description: "Removes a file and leaves what is below its path. With `recursive`, which takes no conditions, removes a \
                      file or a directory with everything below it, uploads included.",
        needs: &[Right::Write],
        parameters: &[BLOB_PATH, RECURSIVE_DELETE, LEASE, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE],
        body: BodyKind::None,
        successes: &[document(200, "It is removed.", "Removed")],
        problems: &[
            responses::REQUEST,
            responses::STORAGE,
            responses::CHANGE,
            responses::ABSENT,
            responses::LEASE,
            responses::CONDITIONS,
            &[ProblemKind::Left],
        ],
    },
    Description {
        operation: Operation::StatBlob,
        name: "getBlobInfo",
        method: "GET",
        template: Template::BlobInfo,
        group: GROUP,
        summary: "Look at a path",
        description: "What is known of a file or a directory.",
        needs: &[Right::Read],
        parameters: &[BLOB_PATH],
        body: BodyKind::None,
        successes: &[document(200, "What is known of it.", "BlobInfo")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::ABSENT],
    },
    Description {
        operation: Operation::WalkBlobs,
        name: "walkBlobs",
        method: "GET",
        template: Template::BlobWalk,
        group: GROUP,
        summary: "Walk over a directory",
        description: "Everything below a directory, one JSON document a line: each directory's children in the byte order of \
                      their names, and what is in a directory right behind it. Where that breaks off, a last line says why and \
                      the connection is broken.",
        needs: &[Right::Read],
        parameters: &[DIRECTORY, AFTER],
        body: BodyKind::None,
        successes: &[Success {
            status: 200,
            description: "The entries.",
            payload: Payload::Lines(&["BlobInfo", "WalkError"]),
            headers: &[],
        }],
        problems: &[responses::REQUEST, responses::STORAGE, responses::ABSENT],
    },
    Description {
        operation: Operation::CopyBlob,
        name: "copyBlob",
        method: "POST",
        template: Template::BlobCopies,
        group: GROUP,
        summary: "Copy a file",
        description: "Copies a file on OSS's side.",
        needs: &[Right::Read, Right::Write],
        parameters: &[LEASE],
        body: BodyKind::Json("CopyRequest"),
        successes: &[WRITTEN],
        problems: COPY_PROBLEMS,
    },
    Description {
        operation: Operation::MoveBlob,
        name: "moveBlob",
        method: "POST",
        template: Template::BlobMoves,
        group: GROUP,
        summary: "Move a file",
        description: "Copies a file on OSS's side, checks the copy, and removes the source after that.",
        needs: &[Right::Read, Right::Write],
        parameters: &[LEASE],
        body: BodyKind::Json("CopyRequest"),
        successes: &[WRITTEN],
        problems: COPY_PROBLEMS,
    },
    Description {
        operation: Operation::PresignBlob,
        name: "presignBlob",
        method: "POST",
        template: Template::BlobUrls,
        group: GROUP,
        summary: "Sign a URL",
        description: "A URL by which anybody can read a file from OSS for a while, without credentials.",
        needs: &[Right::Presign],
        parameters: &[],
        body: BodyKind::Json("UrlRequest"),
        successes: &[document(200, "The URL.", "Url")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CONTENT],
    },
    Description {
        operation: Operation::BeginUpload,
        name: "beginUpload",
        method: "POST",
        template: Template::Uploads,
        group: UPLOADS,
        summary: "Begin an upload",
        description: "Begins a file that is written in several requests. What was sent is kept in OSS, so that any process that \
                      serves the tenant can go on with it; nothing can be read of it before it is committed.",
        needs: &[Right::Write],
        parameters: &[],
        body: BodyKind::Json("UploadRequest"),
        successes: &[Success {
            status: 201,
            description: "The upload.",
            payload: Payload::Json("Upload"),
            headers: &[ResponseHeader::Location, ResponseHeader::UploadOffset],
        }],
        problems: &[responses::REQUEST, responses::STORAGE, responses::CHANGE, responses::CONTENT],
    },
    Description {
        operation: Operation::UploadStatus,
        name: "getUpload",
        method: "GET",
        template: Template::Upload,
        group: UPLOADS,
        summary: "Look at an upload",
        description: "How many bytes of an upload are there.",
        needs: &[Right::Write],
        parameters: &[UPLOAD],
        body: BodyKind::None,
        successes: &[Success {
            status: 200,
            description: "The upload.",
            payload: Payload::Json("Upload"),
            headers: &[ResponseHeader::UploadOffset],
        }],
        problems: UPLOAD_PROBLEMS,
    },
    Description {
        operation: Operation::HeadUpload,
        name: "headUpload",
        method: "HEAD",
        template: Template::Upload,
        group: UPLOADS,
        summary: "Look at an upload's offset",
        description: "How many bytes of an upload are there, as a header.",
        needs: &[Right::Write],
        parameters: &[UPLOAD],
        body: BodyKind::None,
        successes: &[Success {
            status: 200,
            description: "The upload.",
            payload: Payload::None,
            headers: &[ResponseHeader::UploadOffset],
        }],
        problems: UPLOAD_PROBLEMS,
    },
    Description {
        operation: Operation::AppendUpload,
        name: "appendUpload",
        method: "PATCH",
        template: Template::Upload,
        group: UPLOADS,
        summary: "Add to an upload",
        description: "Adds the content at the upload's end. Where the content breaks off, what arrived of it counts; look at the \
                      offset before going on.",
        needs: &[Right::Write],
        parameters: &[UPLOAD, OFFSET],
        body: BodyKind::Part,
        successes: &[Success {
            status: 204,
            description: "The content is kept.",
            payload: Payload::None,
            headers: &[ResponseHeader::UploadOffset],
        }],
        problems: &[
            responses::REQUEST,
            responses::STORAGE,
            responses::ABSENT,
            responses::CHANGE,
            responses::CONTENT,
            &[ProblemKind::UploadBusy, ProblemKind::UploadOffset],
        ],
    },
    Description {
        operation: Operation::AbortUpload,
        name: "abortUpload",
        method: "DELETE",
        template: Template::Upload,
        group: UPLOADS,
        summary: "Abort an upload",
        description: "Drops everything that was sent.",
        needs: &[Right::Write],
        parameters: &[UPLOAD],
        body: BodyKind::None,
        successes: &[Success { status: 204, description: "It is gone.", payload: Payload::None, headers: &[] }],
        problems: UPLOAD_PROBLEMS,
    },
    Description {
        operation: Operation::CommitUpload,
        name: "commitUpload",
        method: "POST",
        template: Template::UploadCommit,
        group: UPLOADS,
        summary: "Commit an upload",
        description: "Makes the upload the file's content. After a failure everything is still there.",
        needs: &[Right::Write],
        parameters: &[UPLOAD, LEASE, CREATE_ONLY],
        body: BodyKind::None,
        successes: &[WRITTEN],
        problems: &[
            responses::REQUEST,
            responses::STORAGE,
            responses::ABSENT,
            responses::CHANGE,
            responses::LEASE,
            &[ProblemKind::UploadBusy, ProblemKind::PreconditionFailed],
        ],
    },
];
