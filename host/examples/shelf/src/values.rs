//! Values of at most 16 MiB.

use crate::answer::{self, Failure};
use crate::bindings::ossicle::storage::cert_storage::{CertOptions, Storage};
use crate::bindings::wasi::http::types::{Method, Request, Response};
use crate::{bucket, upload};
use wit_bindgen::StreamResult;

/// How much a value may have, as the storage has it.
const LIMIT: usize = 16 << 20;

pub async fn handled(key: String, request: Request) -> Result<Response, Failure> {
    let options = CertOptions { encryption: None, storage_class: None, server_side_encryption: None };
    let storage = Storage::open(bucket::config("values")?, options, None).await?;
    match request.get_method() {
        Method::Get => Ok(answer::bytes(200, storage.load(key).await?)),
        Method::Put => {
            storage.store(key, whole(request).await?).await?;
            Ok(answer::empty(201))
        }
        Method::Delete => {
            storage.delete(key).await?;
            Ok(answer::empty(204))
        }
        _ => Err(Failure::new(405, "GET, PUT and DELETE")),
    }
}

/// The whole of a request's body.
async fn whole(request: Request) -> Result<Vec<u8>, Failure> {
    let (mut body, end) = upload::body(request);
    let mut value = Vec::new();
    loop {
        let (result, piece) = body.read(Vec::with_capacity(64 * 1024)).await;
        value.extend_from_slice(&piece);
        if value.len() > LIMIT {
            return Err(Failure::new(413, "a value has 16 MiB at most"));
        }
        if !matches!(result, StreamResult::Complete(_)) {
            break;
        }
    }
    match end.await {
        Ok(_) => Ok(value),
        Err(code) => Err(Failure::new(400, &format!("the request broke off: {code}"))),
    }
}
