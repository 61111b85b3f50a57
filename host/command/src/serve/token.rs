//! A new token.

use crate::error::{CommandError, Exit};
use crate::settings::Problem;
use crate::terminal::{Format, output};
use clap::Args;
use ossicle_service::NewToken;
use serde_json::json;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Make a token: it is printed once, with the lines for the config, which hold its hash alone
#[derive(Debug, Args)]
pub struct Token {
    /// What its bearers may do
    #[arg(
        long,
        value_name = "RIGHTS",
        value_delimiter = ',',
        default_value = "read",
        value_parser = ["read", "write", "presign", "break-locks"]
    )]
    rights: Vec<String>,
    /// After how long it expires, such as 90d [default: never]
    #[arg(long, value_name = "TIME", value_parser = ossicle::parse_duration)]
    expires: Option<Duration>,
}

/// Makes one.
pub fn make(wanted: &Token, format: Format) -> Result<Exit, CommandError> {
    let expires = wanted.expires.map(moment_after).transpose()?;
    let token = NewToken::draw().map_err(|error| CommandError::Random(error.to_string()))?;
    let config = lines(&token, &wanted.rights, expires.as_deref());
    if format.json {
        let NewToken { text, id, sha256 } = &token;
        let rights = &wanted.rights;
        output::json(&json!({ "token": **text, "id": id, "sha256": sha256, "rights": rights, "config": config }))?;
        return Ok(Exit::Success);
    }
    output::print(&format!("{}\n", *token.text))?;
    if !format.quiet {
        output::print("\nIt is not shown again. For the config, below the [[tenant]] that it is for:\n\n")?;
        output::print(&config)?;
    }
    Ok(Exit::Success)
}

/// The lines of a config for a token.
pub fn lines(token: &NewToken, rights: &[String], expires: Option<&str>) -> String {
    let rights: Vec<String> = rights.iter().map(|right| format!("\"{right}\"")).collect();
    let expires = expires.map(|moment| format!("expires = {moment}\n")).unwrap_or_default();
    format!(
        "[[tenant.token]]\nid = \"{}\"\nsha256 = \"{}\"\nrights = [{}]\n{expires}",
        token.id,
        token.sha256,
        rights.join(", ")
    )
}

/// The moment that comes so much later, to the second.
fn moment_after(span: Duration) -> Result<String, Problem> {
    let refused = || Problem::new("--expires: there is no such moment");
    let later = time::Duration::try_from(span).ok().and_then(|span| OffsetDateTime::now_utc().checked_add(span));
    let later = later.and_then(|moment| moment.replace_nanosecond(0).ok()).ok_or_else(refused)?;
    later.format(&Rfc3339).map_err(|_| refused())
}
