//! The description of the API in OpenAPI 3.1, generated from the table of operations and the types of the JSON
//! documents.

mod operations;
mod schemas;

use std::sync::OnceLock;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::problem::{Problem, ProblemKind};
use crate::{operation, reply};

/// The problems that are not listed with the operations. The server itself returns two of them, because it
/// authenticates requests and limits their number. The third can occur because a client may resolve a name such as `..`
/// as a part of the path, and then requests a path without a resource.
pub(crate) const OTHER_PROBLEMS: [ProblemKind; 3] =
    [ProblemKind::Unauthorized, ProblemKind::UnknownRoute, ProblemKind::TooManyRequests];

/// Returns the description of the API as an OpenAPI 3.1 document in JSON.
pub fn document() -> Bytes {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    DOCUMENT.get_or_init(|| Bytes::from(build().to_string())).clone()
}

/// The response with the document.
pub(crate) fn response() -> Result<Response<Bytes>, Problem> {
    let response = reply::document(StatusCode::OK, &())?;
    Ok(response.map(|_| document()))
}

fn build() -> Value {
    let mut generator = schemas::generator();
    let mut paths = Map::new();
    for description in operation::all() {
        let path = paths.entry(description.template.text()).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            let method = description.method.to_ascii_lowercase();
            path.insert(method, operations::operation(description, &mut generator));
        }
    }
    let groups = ["Certificates", "Locks", "Blobs", "Uploads", "Document"].map(|name| json!({ "name": name }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ossicle",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Certificates, locks and blobs of one bucket of Alibaba Cloud OSS. The credentials select \
                            the bucket. Keys and paths may contain slashes, as they are or as `%2F`. Parameters that \
                            an operation does not have are rejected.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": groups,
        "security": [{ "token": [] }, { "certificate": [] }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "certificate": { "type": "mutualTLS" },
            },
        },
    })
}
