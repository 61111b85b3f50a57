//! Credentials from a server beside this program, by `ALIBABA_CLOUD_CREDENTIALS_URI`. They are fetched here, since the
//! component can reach no such server, and handed over again ahead of their end.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ossicle::{Credentials, Error, TemporaryCredentials};
use serde::Deserialize;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// As the official library has it: 5 s to connect, 10 s to read.
const PATIENCE: Duration = Duration::from_secs(15);
const LIMIT: usize = 64 * 1024;
/// How long before their end credentials are fetched anew: a fifth of their life, but no more than this.
const AHEAD: Duration = Duration::from_secs(15 * 60);
/// How long after a fetch failed the next is tried.
const BACKOFF: Duration = Duration::from_secs(60);

/// Where credentials are fetched.
#[derive(Debug, Clone)]
pub struct Uri(http::Uri);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: String,
    access_key_id: String,
    access_key_secret: String,
    security_token: String,
    expiration: String,
}

impl Uri {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: http::Uri = text.parse().map_err(|_| "is no URI")?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(_)) => Ok(Self(uri)),
            _ => Err("must begin with http:// and name a host: it is a server beside this program"),
        }
    }

    /// Asks once. The problem holds nothing of what the server said.
    pub async fn fetch(&self) -> Result<TemporaryCredentials, String> {
        let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
        let asked = async {
            let answer = client.get(self.0.clone()).await.map_err(|error| format!("gave no answer: {error}"))?;
            let status = answer.status();
            if !status.is_success() {
                return Err(format!("answered with status {}", status.as_u16()));
            }
            let body = Limited::new(answer.into_body(), LIMIT).collect().await;
            Ok(body.map_err(|_| "gave an answer that broke off or is too long".to_owned())?.to_bytes())
        };
        let body = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "gave no answer in time".to_owned())??;
        read(&body).ok_or_else(|| "gave an answer without credentials that can be used".to_owned())
    }
}

fn read(body: &[u8]) -> Option<TemporaryCredentials> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let expires = OffsetDateTime::parse(&answer.expiration, &Rfc3339).ok()?;
    let credentials = Credentials::new(answer.access_key_id, answer.access_key_secret);
    (answer.code == "Success")
        .then(|| TemporaryCredentials::new(credentials.security_token(answer.security_token), Some(expires.into())))
}

/// Hands over fresh credentials ahead of the end of those before. Runs for ever.
pub(super) async fn keep_supplied(
    uri: Uri,
    hand_over: impl Fn(TemporaryCredentials) -> Result<(), Error>,
    first: Option<SystemTime>,
) {
    let mut expires = first;
    loop {
        let left = expires.and_then(|end| end.duration_since(SystemTime::now()).ok()).unwrap_or_default();
        tokio::time::sleep(left.saturating_sub(AHEAD.min(left / 5)).max(BACKOFF)).await;
        match uri.fetch().await {
            Ok(fresh) => {
                expires = fresh.expires;
                if let Err(error) = hand_over(fresh) {
                    tracing::warn!(%error, "credentials not taken");
                }
            }
            Err(problem) => tracing::warn!(problem, "the credentials URI"),
        }
    }
}
