//! As little as a client can do: signed requests over pooled connections, of whose responses the status alone is looked at.
//! A list counts `<Key>` and reads no XML.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::iter::once;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, ETAG};
use http::{Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use memchr::memmem;
use ossicle_peers::{Job, PART, Peer, Problem, Source};

use crate::sign::{PAYLOAD, Signer, path, query};
use crate::trust;

type Body = UnsyncBoxBody<Bytes, Infallible>;

pub struct Bare {
    http: Client<HttpsConnector<HttpConnector<Known>>, Body>,
    scheme: &'static str,
    authority: String,
    signer: Signer,
}

/// Whatever the name, the address is known.
#[derive(Clone)]
struct Known(SocketAddr);

impl tower_service::Service<Name> for Known {
    type Response = std::iter::Once<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(once(self.0)))
    }
}

impl Bare {
    pub fn new(job: &Job) -> Result<Self, Problem> {
        let mut connector = HttpConnector::new_with_resolver(Known(job.address));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let https = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(trust::config(job)?);
        let connector = https.https_or_http().enable_http1().wrap_connector(connector);
        Ok(Self {
            http: Client::builder(TokioExecutor::new()).build(connector),
            scheme: if job.is_secure { "https" } else { "http" },
            authority: format!("{}:{}", job.bucket_host(), job.address.port()),
            signer: Signer::new(job),
        })
    }

    async fn send(
        &self,
        method: &str,
        name: &str,
        parameters: &[(&str, &str)],
        length: u64,
        body: Body,
    ) -> Result<Response<Incoming>, Problem> {
        let (path, query) = (path(name), query(parameters));
        let (date, authorization) = self.signer.sign(method, &path, &query);
        let target = if query.is_empty() { path } else { [&path, "?", &query].concat() };
        let uri =
            Uri::builder().scheme(self.scheme).authority(self.authority.as_str()).path_and_query(target).build()?;
        let mut request = Request::builder().method(method).uri(uri);
        request = request.header("x-oss-content-sha256", PAYLOAD).header("x-oss-date", date);
        request = request.header(AUTHORIZATION, authorization);
        if matches!(method, "PUT" | "POST") {
            request = request.header(CONTENT_LENGTH, length);
        }
        let response = self.http.request(request.body(body)?).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(format!("{method} {name:?}: {}", response.status()).into())
    }

    /// Sends a short body, and reads the response's whole.
    async fn exchange(
        &self,
        method: &str,
        name: &str,
        parameters: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Bytes, Problem> {
        let length = body.len() as u64;
        let response = self.send(method, name, parameters, length, Full::new(body).boxed_unsync()).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    async fn part(&self, name: &str, id: &str, number: usize, chunks: Vec<Bytes>) -> Result<String, Problem> {
        let length = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let body = StreamBody::new(stream::iter(chunks.into_iter().map(|chunk| Ok(Frame::data(chunk)))));
        let parameters = [("partNumber", &*number.to_string()), ("uploadId", id)];
        let response = self.send("PUT", name, &parameters, length, body.boxed_unsync()).await?;
        let etag = response.headers().get(ETAG).ok_or("a part without an ETag")?.to_str()?.to_owned();
        response.into_body().collect().await?;
        Ok(format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
    }
}

/// The next part, in the chunks that it is read in.
fn next_part(source: &mut Source) -> Option<Vec<Bytes>> {
    let (mut chunks, mut left) = (Vec::new(), PART);
    while left > 0 && source.left() > 0 {
        let chunk = source.chunk(left);
        left -= chunk.len();
        chunks.push(chunk);
    }
    (!chunks.is_empty()).then_some(chunks)
}

impl Peer for Bare {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Problem> {
        self.exchange("PUT", name, &[], bytes).await.map(drop)
    }

    async fn get(&self, name: &str) -> Result<u64, Problem> {
        Ok(self.exchange("GET", name, &[], Bytes::new()).await?.len() as u64)
    }

    async fn head(&self, name: &str) -> Result<u64, Problem> {
        let response = self.send("HEAD", name, &[], 0, Body::default()).await?;
        Ok(response.headers().get(CONTENT_LENGTH).ok_or("no Content-Length")?.to_str()?.parse()?)
    }

    async fn list(&self, prefix: &str) -> Result<usize, Problem> {
        let (mut count, mut token) = (0, String::new());
        loop {
            let mut parameters = vec![("list-type", "2"), ("max-keys", "1000"), ("prefix", prefix)];
            if !token.is_empty() {
                parameters.push(("continuation-token", &token));
            }
            let page = self.exchange("GET", "", &parameters, Bytes::new()).await?;
            count += memmem::find_iter(&page, "<Key>").count();
            match element(&page, "NextContinuationToken") {
                Some(next) => token = next,
                None => return Ok(count),
            }
        }
    }

    async fn upload(&self, name: &str, mut source: Source, in_flight: usize) -> Result<(), Problem> {
        let begun = self.exchange("POST", name, &[("uploads", "")], Bytes::new()).await?;
        let id = element(&begun, "UploadId").ok_or("no UploadId")?;
        let parts = std::iter::from_fn(|| next_part(&mut source)).enumerate();
        let parts = stream::iter(parts).map(|(index, chunks)| self.part(name, &id, index + 1, chunks));
        let parts: Vec<String> = parts.buffered(in_flight).try_collect().await?;
        let document = format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.concat());
        self.exchange("POST", name, &[("uploadId", &id)], document.into()).await.map(drop)
    }

    async fn download(&self, name: &str) -> Result<u64, Problem> {
        let mut body = self.send("GET", name, &[], 0, Body::default()).await?.into_body();
        let mut count = 0;
        while let Some(frame) = body.frame().await {
            count += frame?.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok(count)
    }
}

/// The text of the first element of a name, of which nothing is escaped.
fn element(document: &[u8], name: &str) -> Option<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = memmem::find(document, open.as_bytes())? + open.len();
    let length = memmem::find(&document[start..], close.as_bytes())?;
    String::from_utf8(document[start..start + length].to_vec()).ok()
}
