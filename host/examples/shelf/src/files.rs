//! Files of any size, which stream through.

use crate::answer::{self, Failure};
use crate::bindings::ossicle::storage::blob_driver::{
    BlobOptions, Driver, DriverError, PublishOptions, ReadCondition, WriteOptions,
};
use crate::bindings::wasi::http::types::{ErrorCode, Method, Request, Response};
use crate::bindings::wit_future;
use crate::{bucket, upload};
use wit_bindgen::{FutureReader, StreamReader};

pub async fn handled(path: String, request: Request) -> Result<Response, Failure> {
    let driver = Driver::open(bucket::config("files")?, defaults()).await?;
    match request.get_method() {
        Method::Get => {
            let condition = ReadCondition { if_match: None, if_none_match: None };
            let (state, content, end) = driver.read_stream(path, 0, None, condition).await?;
            let end = async move {
                let end = end.await;
                // Until now the stream needs it.
                drop(driver);
                end.map_err(|_| ErrorCode::HttpResponseIncomplete)
            };
            Ok(answer::stream(200, state.size, content, end))
        }
        Method::Put => {
            let (content, end) = stream(request);
            let publish = PublishOptions { create_only: false, window: None };
            let options = WriteOptions { content_type: None, publish };
            driver.write_stream(path, 0, content, end, None, options).await?;
            Ok(answer::empty(201))
        }
        Method::Delete => {
            driver.delete(path, None).await?;
            Ok(answer::empty(204))
        }
        _ => Err(Failure::new(405, "GET, PUT and DELETE")),
    }
}

/// A request's body as it comes, and whether its end was the content's.
fn stream(request: Request) -> (StreamReader<u8>, FutureReader<Result<(), String>>) {
    let (body, end) = upload::body(request);
    let (writer, reader) = wit_future::new::<Result<(), String>>(|| Err("the request was given up".to_owned()));
    wit_bindgen::spawn_local(async move {
        let end = end.await.map(drop).map_err(|code| code.to_string());
        // Where nobody wants to know, the storage has failed already and says why.
        let _unwanted = writer.write(end).await;
    });
    (body, reader)
}

impl From<DriverError> for Failure {
    fn from(mut error: DriverError) -> Self {
        if error.causes.is_empty() {
            Self::new(400, "the request broke off")
        } else {
            error.causes.remove(0).error.into()
        }
    }
}

fn defaults() -> BlobOptions {
    BlobOptions {
        part_size: None,
        parts_in_flight: None,
        storage_class: None,
        encryption: None,
        copy_threshold: None,
        copy_part_size: None,
        part_md5: None,
        url_endpoint: None,
        url_addressing: None,
    }
}
