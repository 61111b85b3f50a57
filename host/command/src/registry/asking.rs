//! Requests to a registry's core, without a server between.

use super::opening::Registry;
use crate::trouble::Trouble;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use ossicle_service::registry::gc::CollectError;
use ossicle_service::registry::ports::{StorageError, StorageErrorKind};
use serde_json::Value;

/// What the registry answered.
pub struct Reply {
    pub headers: HeaderMap,
    pub document: Value,
}

/// Sends a request, which must succeed. `what` is what is to be done, for a person.
pub async fn ask(registry: &Registry, method: Method, uri: &str, what: &str) -> Result<Reply, Trouble> {
    let failed = |reason: String, kind| Trouble::Repository { what: what.to_owned(), reason, kind };
    let request = Request::builder().method(method).uri(uri).body(Empty::<Bytes>::new());
    let request = request.map_err(|error| failed(error.to_string(), "usage"))?;
    let (head, body) = registry.handle(request).await.into_parts();
    let body = body.collect().await.map_err(|error| failed(error.to_string(), kind_of_storage(&error)))?.to_bytes();
    let document: Value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string(), "corrupt"))?
    };
    if head.status.is_success() {
        return Ok(Reply { headers: head.headers, document });
    }
    let reason = document["errors"][0]["message"].as_str().unwrap_or("the registry does not say why").to_owned();
    Err(failed(reason, kind_of_status(head.status)))
}

/// All pages of a list: its `field`'s entries.
pub async fn list(registry: &Registry, uri: &str, field: &str, what: &str) -> Result<Vec<String>, Trouble> {
    let (mut found, mut next) = (Vec::new(), Some(uri.to_owned()));
    while let Some(uri) = next {
        let reply = ask(registry, Method::GET, &uri, what).await?;
        let entries = reply.document[field].as_array().into_iter().flatten();
        found.extend(entries.filter_map(Value::as_str).map(str::to_owned));
        let link = reply.headers.get(header::LINK).and_then(|link| link.to_str().ok());
        next = link.and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()));
    }
    Ok(found)
}

fn kind_of_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "usage",
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::TOO_MANY_REQUESTS => "throttled",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "service",
    }
}

/// The kind of a failure of the storage, in a word.
fn kind_of_storage(error: &StorageError) -> &'static str {
    match error.kind {
        StorageErrorKind::NotFound => "not-found",
        StorageErrorKind::Exists | StorageErrorKind::Conflict => "conflict",
        StorageErrorKind::TooLate => "too-late",
        StorageErrorKind::Denied => "access-denied",
        StorageErrorKind::Throttled => "throttled",
        StorageErrorKind::Unavailable => "unavailable",
        StorageErrorKind::Corrupt => "corrupt",
        StorageErrorKind::BrokenContent | StorageErrorKind::Other => "service",
    }
}

/// What failed because a request to the storage did.
pub fn storage_failed(what: &str, error: &StorageError) -> Trouble {
    Trouble::Repository { what: what.to_owned(), reason: error.to_string(), kind: kind_of_storage(error) }
}

/// A collection that failed.
pub fn collection_failed(what: &str, error: &CollectError) -> Trouble {
    let kind = match error {
        CollectError::Storage(error) | CollectError::NotAnnounced(error) => kind_of_storage(error),
        CollectError::Running { .. } | CollectError::Overtaken => "conflict",
        CollectError::NotReadOnly => "usage",
        _ => "corrupt",
    };
    Trouble::Repository { what: what.to_owned(), reason: error.to_string(), kind }
}
