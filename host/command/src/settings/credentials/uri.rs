//! Credentials from a server that a URI names, as `ALIBABA_CLOUD_CREDENTIALS_URI` does. They are fetched here, since the
//! component can reach no such server, and handed over again ahead of their end.

use super::ask::{Reply, ask, is_at_hand};
use http::Method;
use ossicle::{Credentials, Error, TemporaryCredentials};
use serde::Deserialize;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How long before their end credentials are fetched anew: a fifth of their life, but no more than this.
const AHEAD: Duration = Duration::from_secs(15 * 60);
/// How long after a fetch failed the next is tried.
const BACKOFF: Duration = Duration::from_secs(60);

/// Where credentials are fetched.
#[derive(Debug, Clone)]
pub struct Uri(http::Uri);

/// Credentials, and for how long they hold from now on by the clock of the server that gave them.
pub(super) struct Fetched {
    pub credentials: TemporaryCredentials,
    pub left: Duration,
}

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
    /// Reads it. Plain HTTP is for this machine and the metadata service's address: on any other way somebody could read the
    /// credentials, or give others.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: http::Uri = text.parse().map_err(|_| "is no URI")?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("must begin with https://, or with http:// and name this machine");
        };
        if authority.as_str().contains('@') {
            return Err("holds a user name");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let is_here = host.parse::<IpAddr>().map_or_else(|_| host.eq_ignore_ascii_case("localhost"), is_at_hand);
        match scheme {
            "https" => Ok(Self(uri)),
            "http" if is_here => Ok(Self(uri)),
            "http" => Err(
                "would be asked over plain HTTP, and whoever is on the way would read the credentials: use https:// \
                           (plain HTTP is for this machine and for 100.100.100.200)",
            ),
            _ => Err("must begin with https://, or with http:// and name this machine"),
        }
    }

    /// Asks once. The problem holds nothing of what the server said.
    pub(super) async fn fetch(&self) -> Result<Fetched, String> {
        let Reply { status, date, body } = ask(Method::GET, &self.0, &[]).await?;
        if status != 200 {
            return Err(format!("answered with status {status}"));
        }
        let credentials =
            read(&body).ok_or_else(|| "gave an answer without credentials that can be used".to_owned())?;
        let now = date.unwrap_or_else(SystemTime::now);
        let left = credentials.expires.and_then(|end| end.duration_since(now).ok()).unwrap_or_default();
        Ok(Fetched { credentials, left })
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
    first: Duration,
) {
    let mut left = first;
    loop {
        let ahead = AHEAD.min(left / 5);
        tokio::time::sleep(left.saturating_sub(ahead).max(BACKOFF)).await;
        match uri.fetch().await {
            Ok(fresh) => {
                left = fresh.left;
                if let Err(error) = hand_over(fresh.credentials) {
                    tracing::warn!(%error, "credentials not taken");
                }
            }
            Err(problem) => {
                left = Duration::ZERO;
                tracing::warn!(problem, "the credentials URI");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_3_1() {
        for fine in [
            "http://localhost/c",
            "http://127.0.0.1:9000/c?x=y",
            "http://[::1]/",
            "http://100.100.100.200/latest/c",
            "https://credentials.example.com/c",
        ] {
            assert!(Uri::parse(fine).is_ok(), "{fine}");
        }
        for (bad, said) in [
            ("http://credentials.example.com/c", "plain HTTP"),
            ("http://10.0.0.1/c", "plain HTTP"),
            ("http://localhost.example.com/c", "plain HTTP"),
            ("http://localhost@evil.example/c", "user name"),
            ("ftp://localhost/c", "must begin"),
            ("/c", "must begin"),
            ("a b", "no URI"),
        ] {
            assert!(Uri::parse(bad).unwrap_err().contains(said), "{bad}");
        }
    }
}
