//! A bare client: signed requests over the pooled connections that a tenant has, and nothing checked. What locks are measured
//! against.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use ossicle::{PooledClient, WasiBody};
use ossicle_guest::credentials::Credentials;
use ossicle_guest::signature::v4::{PRODUCT, Scope, SigningKey, authorization, prepare};
use ossicle_guest::signature::{CanonicalHeaders, Moment, Query, Subject};

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
        let mut headers = CanonicalHeaders::default();
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
}

fn empty() -> Body {
    Full::default().boxed()
}
