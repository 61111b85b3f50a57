//! Describes operations as OpenAPI requires.

use std::collections::BTreeMap;

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::OTHER_PROBLEMS;
use super::schemas::reference;
use crate::operation::{BodyKind, Description, Parameter, ParameterLocation, Payload, ResponseHeader, Schema, Success};
use crate::problem::{self, ProblemKind};
use crate::request_id::{self, RequestId};

/// The description of an operation.
pub(super) fn operation(description: &Description, generator: &mut SchemaGenerator) -> Value {
    let rights: Vec<_> = description.needs.iter().map(|right| format!("`{}`", right.name())).collect();
    let needs = if rights.is_empty() { String::new() } else { format!(" Needs the right {}.", rights.join(" and ")) };
    let mut operation = json!({
        "operationId": description.name,
        "tags": [description.group],
        "summary": description.summary,
        "description": format!("{}{needs}", description.description),
        "parameters": description.parameters.iter().map(parameter).chain([request_id_parameter()]).collect::<Vec<_>>(),
        "responses": responses(description, generator),
    });
    if let Value::Object(operation) = &mut operation {
        if let Some(body) = request_body(description.body, generator) {
            operation.insert("requestBody".to_owned(), body);
        }
        if description.needs.is_empty() {
            operation.insert("security".to_owned(), json!([]));
        }
    }
    operation
}

fn parameter(parameter: &Parameter) -> Value {
    let location = match parameter.location {
        ParameterLocation::Path => "path",
        ParameterLocation::Query => "query",
        ParameterLocation::Header => "header",
    };
    let schema = match parameter.schema {
        Schema::Text { pattern: "", longest } => json!({ "type": "string", "maxLength": longest }),
        // The length is left out, because tools that generate strings for both a pattern and a length generate some
        // that do not match the pattern.
        Schema::Text { pattern, .. } => json!({ "type": "string", "pattern": pattern }),
        Schema::Only(text) => json!({ "type": "string", "enum": [text] }),
        Schema::Switch => json!({ "type": "boolean" }),
        Schema::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
    };
    let described = match parameter.schema {
        Schema::Text { longest, .. } => format!("{} At most {longest} characters.", parameter.description),
        _ => parameter.description.to_owned(),
    };
    json!({
        "name": parameter.name,
        "in": location,
        "required": parameter.is_required,
        "description": described,
        "schema": schema,
    })
}

/// The schema accepts any string, because an invalid id is replaced instead of rejected.
fn request_id_parameter() -> Value {
    json!({
        "name": RequestId::HEADER.as_str(),
        "in": "header",
        "required": false,
        "description": format!(
            "An id chosen by the client, by which the request can be found in the server's log. One that is longer \
             than {} characters, or that is not visible ASCII without quotes and backslashes, is replaced by a new \
             one.",
            request_id::LONGEST,
        ),
        "schema": { "type": "string" },
    })
}

/// The headers of every response.
fn common_headers() -> Map<String, Value> {
    let value = json!({
        "description": "The request's id: the one that the client stated, or a new one.",
        "required": true,
        "schema": { "type": "string", "pattern": request_id::PATTERN, "maxLength": request_id::LONGEST },
    });
    Map::from_iter([(RequestId::HEADER.as_str().to_owned(), value)])
}

fn request_body(kind: BodyKind, generator: &mut SchemaGenerator) -> Option<Value> {
    // Bytes have no schema in OpenAPI 3.1.
    let (media_type, content) = match kind {
        BodyKind::None => return None,
        BodyKind::Bytes => ("application/octet-stream", json!({})),
        BodyKind::Part => ("application/octet-stream", json!({})),
        BodyKind::Json(name) => ("application/json", json!({ "schema": reference(name, generator) })),
    };
    // A file or value may be empty, so its body may be absent; a part and a document must have a body with a type.
    let is_required = kind != BodyKind::Bytes;
    Some(json!({ "required": is_required, "content": { media_type: content } }))
}

fn responses(description: &Description, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for success in description.successes {
        responses.insert(success.status.to_string(), self::success(success, generator));
    }
    let mut by_status: BTreeMap<u16, Vec<ProblemKind>> = BTreeMap::new();
    let server = if description.needs.is_empty() { &[] } else { OTHER_PROBLEMS.as_slice() };
    for kind in description.problems.iter().copied().chain([server]).flatten() {
        by_status.entry(kind.status().as_u16()).or_default().push(*kind);
    }
    for (status, kinds) in by_status {
        let titles: Vec<_> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.name(), kind.title())).collect();
        let mut response = json!({ "description": titles.join(" "), "headers": common_headers() });
        // A response to HEAD has no content.
        if description.method != "HEAD"
            && let Value::Object(response) = &mut response
        {
            let schema = reference("Problem", generator);
            response.insert("content".to_owned(), json!({ problem::MEDIA_TYPE: { "schema": schema } }));
        }
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn success(success: &Success, generator: &mut SchemaGenerator) -> Value {
    let content = match success.payload {
        Payload::None => None,
        Payload::Bytes => Some(json!({ "*/*": {} })),
        Payload::Json(name) => Some(json!({ "application/json": { "schema": reference(name, generator) } })),
        Payload::AnyJson => Some(json!({ "application/json": { "schema": { "type": "object" } } })),
        // OpenAPI 3.1 can't describe a sequence of documents. Each line is one of these.
        Payload::Lines(names) => {
            let lines: Vec<_> = names.iter().map(|name| reference(name, generator)).collect();
            Some(json!({ "application/x-ndjson": { "x-line-schema": { "anyOf": lines } } }))
        }
    };
    let mut response = json!({ "description": success.description });
    if let Value::Object(response) = &mut response {
        if let Some(content) = content {
            response.insert("content".to_owned(), content);
        }
        let headers = common_headers().into_iter().chain(success.headers.iter().map(|header| response_header(*header)));
        response.insert("headers".to_owned(), Value::Object(headers.collect()));
    }
    response
}

fn response_header(header: ResponseHeader) -> (String, Value) {
    let (name, description, is_required, kind) = match header {
        ResponseHeader::ETag => ("etag", "Identifies this state.", false, "string"),
        ResponseHeader::LastModified => ("last-modified", "The time of the last change.", false, "string"),
        ResponseHeader::ContentRange => {
            ("content-range", "The position of these bytes in the content.", true, "string")
        }
        ResponseHeader::Location => ("location", "The path of the upload.", true, "string"),
        ResponseHeader::UploadOffset => ("upload-offset", "The number of bytes that the upload has.", true, "integer"),
    };
    let value = json!({ "description": description, "required": is_required, "schema": { "type": kind } });
    (name.to_owned(), value)
}
