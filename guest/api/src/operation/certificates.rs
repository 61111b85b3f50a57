//! Operations on certificates.

use super::parameters::{
    AFTER, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, KEY, LEASE, LIMIT, PREFIX,
    RECURSIVE_DELETE, RECURSIVE_LIST,
};
use super::responses::{self, document};
use super::{BodyKind, Description, Operation, Payload, ResponseHeader, Success, Template};
use crate::access::Right;
use crate::problem::ProblemKind;

const GROUP: &str = "Certificates";

const VALIDATORS: &[ResponseHeader] = &[ResponseHeader::ETag, ResponseHeader::LastModified];

const READ: Success = Success { status: 200, description: "The value.", payload: Payload::Bytes, headers: VALIDATORS };

const HEAD: Success =
    Success { status: 200, description: "The value's metadata.", payload: Payload::None, headers: VALIDATORS };

const NOT_MODIFIED: Success = Success {
    status: 304,
    description: "The value is unchanged: it is the one that the conditions name.",
    payload: Payload::None,
    headers: VALIDATORS,
};

const READ_PROBLEMS: &[&[ProblemKind]] =
    &[responses::REQUEST, responses::STORAGE, responses::ABSENT, &[ProblemKind::PreconditionFailed]];

pub(super) const TABLE: &[Description] = &[
    Description {
        operation: Operation::ListCertificates,
        name: "listCertificates",
        method: "GET",
        template: Template::Certificates,
        group: GROUP,
        summary: "List keys",
        description: "Lists the complete keys below a directory in byte order. For each page the whole directory is \
                      listed from OSS.",
        needs: &[Right::Read],
        parameters: &[PREFIX, RECURSIVE_LIST, AFTER, LIMIT],
        body: BodyKind::None,
        successes: &[document(200, "A page of keys.", "CertificateList")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::ABSENT],
    },
    Description {
        operation: Operation::GetCertificate,
        name: "getCertificate",
        method: "GET",
        template: Template::Certificate,
        group: GROUP,
        summary: "Read a value",
        description: "Returns the value of a key, decrypted if it is stored encrypted. The `Last-Modified` is never \
                      later than the value.",
        needs: &[Right::Read],
        parameters: &[KEY, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE],
        body: BodyKind::None,
        successes: &[READ, NOT_MODIFIED],
        problems: READ_PROBLEMS,
    },
    Description {
        operation: Operation::HeadCertificate,
        name: "headCertificate",
        method: "HEAD",
        template: Template::Certificate,
        group: GROUP,
        summary: "Read a value's headers",
        description: "Like reading the value, without its content. The whole value is read from OSS, because the ETag \
                      is that of the decrypted value.",
        needs: &[Right::Read],
        parameters: &[KEY, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE],
        body: BodyKind::None,
        successes: &[HEAD, NOT_MODIFIED],
        problems: READ_PROBLEMS,
    },
    Description {
        operation: Operation::PutCertificate,
        name: "putCertificate",
        method: "PUT",
        template: Template::Certificate,
        group: GROUP,
        summary: "Store a value",
        description: "Stores a value of at most 16 MiB, encrypted if the tenant's config says so. With conditions and \
                      without a lease the change is made under a lock for the key, so that one of several such changes \
                      succeeds; a change without conditions ignores that lock.",
        needs: &[Right::Write],
        parameters: &[KEY, LEASE, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE],
        body: BodyKind::Bytes,
        successes: &[Success {
            status: 200,
            description: "The value is stored.",
            payload: Payload::Json("Written"),
            headers: &[ResponseHeader::ETag],
        }],
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
        operation: Operation::DeleteCertificate,
        name: "deleteCertificate",
        method: "DELETE",
        template: Template::Certificate,
        group: GROUP,
        summary: "Remove a value or a directory",
        description: "Removes a value. If there are keys below it, this is rejected unless `recursive` is set, which \
                      removes them as well. Conditions and leases are the same as for storing.",
        needs: &[Right::Write],
        parameters: &[KEY, RECURSIVE_DELETE, LEASE, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE],
        body: BodyKind::None,
        successes: &[document(200, "It is removed.", "Removed")],
        problems: &[
            responses::REQUEST,
            responses::STORAGE,
            responses::CHANGE,
            responses::ABSENT,
            responses::LEASE,
            responses::CONDITIONS,
            &[ProblemKind::IsDirectory, ProblemKind::Left],
        ],
    },
    Description {
        operation: Operation::StatCertificate,
        name: "getCertificateInfo",
        method: "GET",
        template: Template::CertificateInfo,
        group: GROUP,
        summary: "Read a key's metadata",
        description: "Returns the metadata of a value or a directory.",
        needs: &[Right::Read],
        parameters: &[KEY],
        body: BodyKind::None,
        successes: &[document(200, "The metadata.", "CertificateInfo")],
        problems: &[responses::REQUEST, responses::STORAGE, responses::ABSENT],
    },
];
