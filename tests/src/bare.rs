//! A bare client: signed requests over pooled connections, several at once, and nothing checked. What the component is
//! measured against.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Frame;
use ossicle::{PooledClient, WasiBody};
use ossicle_guest::credentials::Credentials;
use ossicle_guest::signature::v4::{PRODUCT, Scope, SigningKey, authorization, prepare};
use ossicle_guest::signature::{Headers, Moment, Query, Subject};

use crate::{ACCESS_KEY_ID, BUCKET, Ground, REGION, SECRET};

/// Nothing in a benchmark takes as long.
const WAIT: Duration = Duration::from_secs(60);

type Body = BoxBody<Bytes, std::convert::Infallible>;

/// A bare client of a ground's bucket.
pub struct Bare {
    http: PooledClient,
    endpoint: String,
    credentials: Credentials,
}

impl Bare {
    /// A client of a ground's bucket, over the pooled client that sends a tenant's requests.
    pub fn new(ground: &Ground, http: PooledClient) -> Self {
        Self {
            http,
            endpoint: ground.emulator().endpoint(),
            credentials: Credentials {
                access_key_id: ACCESS_KEY_ID.into(),
                access_key_secret: SECRET.to_owned().into(),
                security_token: None,
            },
        }
    }

    /// Sends a request that must succeed.
    async fn send(&self, method: &str, object: &str, query: &Query, body: Body, length: u64) -> Response<WasiBody> {
        let answer = self.request(method, object, query, &[], body, length).await;
        assert!(answer.status().is_success(), "{method}: {}", answer.status());
        answer
    }

    async fn request(
        &self,
        method: &str,
        object: &str,
        query: &Query,
        fields: &[(&str, &str)],
        body: Body,
        length: u64,
    ) -> Response<WasiBody> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let scope = Scope { moment: Moment::since_epoch(now), region: REGION, product: PRODUCT };
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.set(name, *value);
        }
        prepare(&mut headers, &scope.moment, &self.credentials);
        let mut key = SigningKey::derive(&self.credentials.access_key_secret, &scope);
        let subject = Subject { method, bucket: Some(BUCKET), object: Some(object), query, headers: &headers };
        let signed = authorization(&subject, &[], &scope.moment, &self.credentials.access_key_id, &mut key);
        let uri = format!("{}/{BUCKET}/{object}?{}", self.endpoint, query.encoded());
        let mut request = Request::builder().method(method).uri(uri.trim_end_matches('?'));
        for (name, value) in headers.iter().chain([("authorization", signed.as_str())]) {
            request = request.header(name, value);
        }
        let mut request = request.body(body).expect("a request");
        request.headers_mut().insert("content-length", HeaderValue::from(length));
        let request = request.map(|body| body.map_err(|never| match never {}).boxed_unsync());
        self.http.send(request, [WAIT; 3]).await.expect("an answer")
    }

    /// Makes an empty object unless there is one of its name. Whether it made it.
    pub async fn create(&self, object: &str) -> bool {
        let fields = [("x-oss-forbid-overwrite", "true")];
        let answer = self.request("PUT", object, &Query::default(), &fields, empty(), 0).await;
        match answer.status().as_u16() {
            200 => true,
            409 => false,
            status => panic!("PUT: {status}"),
        }
    }

    /// Whether there is an object, by HEAD.
    pub async fn exists(&self, object: &str) -> bool {
        let answer = self.request("HEAD", object, &Query::default(), &[], empty(), 0).await;
        match answer.status().as_u16() {
            200 => true,
            404 => false,
            status => panic!("HEAD: {status}"),
        }
    }

    /// Deletes an object.
    pub async fn delete(&self, object: &str) {
        self.send("DELETE", object, &Query::default(), empty(), 0).await;
    }

    /// Uploads so many bytes, a block over and over, by parts of a size, several at once.
    pub async fn upload(&self, object: &str, block: &Bytes, length: u64, part: u64, in_flight: usize) {
        let begin = self.send("POST", object, &query(&[("uploads", "")]), empty(), 0).await;
        let begun = begin.into_body().collect().await.expect("a document").to_bytes();
        let begun = String::from_utf8_lossy(&begun).into_owned();
        let id = begun.split("<UploadId>").nth(1).and_then(|rest| rest.split('<').next()).expect("an id");
        let parts = stream::iter(0..length.div_ceil(part)).map(|index| async move {
            let size = part.min(length - index * part);
            let number = (index + 1).to_string();
            let named = query(&[("partNumber", &number), ("uploadId", id)]);
            let answer = self.send("PUT", object, &named, repeated(block, size), size).await;
            let etag = answer.headers()["etag"].to_str().expect("an ETag").to_owned();
            answer.into_body().collect().await.expect("an answer");
            (index, format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
        });
        // In whatever order they end: with `buffered` a slow part would keep the next one from being begun.
        let mut parts: Vec<_> = parts.buffer_unordered(in_flight).collect().await;
        parts.sort_by_key(|(index, _)| *index);
        let parts: String = parts.into_iter().map(|(_, part)| part).collect();
        let document = Bytes::from(format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"));
        let size = document.len() as u64;
        let done = self.send("POST", object, &query(&[("uploadId", id)]), Full::new(document).boxed(), size).await;
        done.into_body().collect().await.expect("an answer");
    }

    /// Downloads an object, and tells how many bytes came.
    pub async fn download(&self, object: &str) -> u64 {
        let mut body = self.send("GET", object, &Query::default(), empty(), 0).await.into_body();
        let mut count = 0;
        while let Some(frame) = body.frame().await {
            count += frame.expect("a piece").data_ref().map_or(0, Bytes::len) as u64;
        }
        count
    }
}

fn query(parameters: &[(&str, &str)]) -> Query {
    let mut query = Query::default();
    for (name, value) in parameters {
        query.set(name, *value);
    }
    query
}

fn empty() -> Body {
    Full::default().boxed()
}

/// A block over and over, without a copy of it.
fn repeated(block: &Bytes, length: u64) -> Body {
    let block = block.clone();
    let pieces = (0..length.div_ceil(block.len() as u64)).map(move |number| {
        let left = length - number * block.len() as u64;
        Ok(Frame::data(block.slice(..block.len().min(left as usize))))
    });
    BodyExt::boxed(StreamBody::new(stream::iter(pieces)))
}
