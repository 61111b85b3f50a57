//! `ossicle blob url`.

use super::Format;
use super::session::Session;
use super::uploads::span;
use crate::exit::Exit;
use crate::output;
use crate::trouble::{Action, Trouble};
use clap::Args;
use ossicle::{ExposeSecret, UrlMethod};
use serde_json::json;
use std::time::Duration;

/// Print a URL by which anyone can read a file for a while, with no access key
///
/// It is a secret for as long as it holds, and goes to standard output alone. Whether the file is there is not looked at.
#[derive(Debug, Args)]
pub struct Url {
    /// The path
    path: String,
    /// For a HEAD request instead of a GET
    #[arg(long)]
    head: bool,
    /// How long it holds, such as 90s, 2h or 7d, which is the longest
    #[arg(long, value_name = "TIME", value_parser = expires, default_value = "20m")]
    expires: Duration,
}

/// Prints it.
pub async fn run(url: Url, session: Session, format: Format) -> Result<Exit, Trouble> {
    let Url { path, head, expires } = url;
    let storage = session.open().await?;
    let method = if head { UrlMethod::Head } else { UrlMethod::Get };
    let signed = storage.blobs.url(&path, method, Some(expires)).await;
    let signed = signed.map_err(|error| storage.trouble(Action::Sign, &path, error))?;
    if format.json {
        output::json(&json!({ "path": path, "url": signed.expose_secret(), "expires": expires.as_secs() }))?;
    } else {
        output::bytes(format!("{}\n", signed.expose_secret()).as_bytes())?;
    }
    Ok(Exit::Success)
}

/// What OSS takes: a second to seven days (Signature Version 4).
fn expires(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    let span = span(text)?;
    if span.is_zero() || span > LONGEST {
        return Err("must be 1s to 7d".to_owned());
    }
    Ok(span)
}
