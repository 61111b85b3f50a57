//! One request, and its answer within bounds.

use super::error::PushError;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use serde::Deserialize;
use std::time::Duration;

/// What is sent is 4 MiB at most, which takes 170 s on a line of 200 kbit/s.
const PATIENCE: Duration = Duration::from_secs(180);
/// Answers are tokens, of some KiB, and errors.
const LIMIT: usize = 256 * 1024;
/// As much of a registry's sentence as is told.
const MESSAGE_LIMIT: usize = 200;

#[derive(Debug)]
pub struct Connections(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Connections {
    pub fn new(mut tls: ClientConfig) -> Self {
        // The connector adds what it speaks, and panics where that is there.
        tls.alpn_protocols.clear();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }

    /// Sends a request. No redirect is followed.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, PushError> {
        let host = host_of(request.uri()).to_owned();
        let unreachable = |reason: String| PushError::Unreachable { host: host.clone(), reason };
        let answer = async {
            let response = self.0.request(request).await.map_err(|error| unreachable(innermost(&error)))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, LIMIT).collect().await;
            let body = body.map_err(|_| unreachable("its answer broke off, or is too long".to_owned()))?.to_bytes();
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        let answered = tokio::time::timeout(PATIENCE, answer).await;
        answered.unwrap_or_else(|_| Err(PushError::TimedOut { host: host.clone() }))
    }
}

impl Answer {
    /// What a registry says of a failure, after a colon; nothing where it says nothing.
    pub fn message(&self) -> String {
        #[derive(Deserialize)]
        struct Failures {
            errors: Vec<Failure>,
        }
        #[derive(Deserialize)]
        struct Failure {
            #[serde(default)]
            code: String,
            #[serde(default)]
            message: String,
        }
        let Ok(Failures { errors }) = serde_json::from_slice(&self.body) else { return String::new() };
        let Some(Failure { code, message }) = errors.into_iter().next() else { return String::new() };
        let sentence = if message.is_empty() { code } else { message };
        match sentence.chars().take(MESSAGE_LIMIT).collect::<String>() {
            text if text.is_empty() => String::new(),
            text => format!(": {text}"),
        }
    }
}

/// The host and port of a URL: never its user, path or query, which may hold a secret.
pub fn host_of(uri: &Uri) -> &str {
    let authority = uri.authority().map_or("the registry", |authority| authority.as_str());
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// The cause behind the others, which says most: "connection refused", not "client error".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
