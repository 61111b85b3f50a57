//! Who may use the service, by the environment.

use http::HeaderMap;
use ossicle_api::token::{self, TokenHash, TokenId};
use ossicle_api::{Grant, Refusal, Right, Rights};
use ossicle_face_storage::{Problem, variables};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The tokens, as a JSON list of what stands below `[[tenant.token]]` in the config of `ossicle serve`.
const TOKENS: &str = "OSSICLE_TOKENS";

/// What lets in everybody, with all rights.
const OPEN: &str = "OSSICLE_OPEN_TO_ANYONE";

/// A token, by the names that the config of `ossicle serve` has.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    id: String,
    sha256: String,
    rights: Vec<String>,
    expires: Option<String>,
    body_limit: Option<u64>,
}

/// Who may use the service.
pub struct Tokens {
    known: BTreeMap<TokenId, (TokenHash, Allowed)>,
    /// What somebody without a token may do.
    open: Option<Grant>,
}

struct Allowed {
    grant: Grant,
    /// Since 1970.
    expires: Option<Duration>,
}

/// Reads who may use it.
pub fn read() -> Result<Tokens, Problem> {
    let wrong = |reason: String| Problem::of_variable(TOKENS, reason);
    let is_open = variables::truth(OPEN)?.unwrap_or(false);
    let Some(text) = variables::text(TOKENS) else {
        if !is_open {
            let hint = format!("`ossicle serve token` makes one; {OPEN}=true serves everybody");
            return Err(wrong("is missing: nobody could use it".to_owned()).hint(hint));
        }
        let grant = Grant { rights: Rights::all(), body_limit: u64::MAX };
        return Ok(Tokens { known: BTreeMap::new(), open: Some(grant) });
    };
    if is_open {
        return Err(Problem::of_variable(OPEN, format!("is set beside {TOKENS}, which it would make useless")));
    }
    // What it says of a value could quote it.
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        wrong(format!(
            "is no list of tokens ({place}): each has id, sha256, rights and, where wanted, expires, body-limit"
        ))
    })?;
    let mut known = BTreeMap::new();
    for entry in &entries {
        let (id, token) = checked(entry).map_err(wrong)?;
        if known.insert(id, token).is_some() {
            return Err(wrong("has two tokens of one id".to_owned()));
        }
    }
    if known.is_empty() {
        return Err(wrong("has no token in it".to_owned()));
    }
    Ok(Tokens { known, open: None })
}

fn checked(entry: &Entry) -> Result<(TokenId, (TokenHash, Allowed)), String> {
    let id = TokenId::parse(&entry.id).map_err(|error| error.to_string())?;
    let of = |reason: String| format!("the token {}: {reason}", id.as_str());
    let hash = TokenHash::parse(&entry.sha256).map_err(|error| of(error.to_string()))?;
    let rights = entry.rights.iter().map(|name| name.parse::<Right>().map_err(|error| of(format!("rights: {error}"))));
    let rights: Rights = rights.collect::<Result<_, _>>()?;
    if entry.rights.is_empty() {
        return Err(of("rights: must name one at least".to_owned()));
    }
    let grant = Grant { rights, body_limit: entry.body_limit.unwrap_or(u64::MAX) };
    let expires = entry.expires.as_deref().map(moment).transpose().map_err(of)?;
    Ok((id, (hash, Allowed { grant, expires })))
}

fn moment(text: &str) -> Result<Duration, String> {
    let refused = || "expires: must be a date and a time with its offset, such as 2027-01-31T00:00:00Z".to_owned();
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| refused())?;
    u64::try_from(moment.unix_timestamp()).map(Duration::from_secs).map_err(|_| refused())
}

impl Tokens {
    /// What whoever sends a request may do.
    pub fn identify(&self, headers: &HeaderMap, now: Duration) -> Result<&Grant, Refusal> {
        if let Some(grant) = &self.open {
            return Ok(grant);
        }
        let token = token::presented(headers)?.ok_or(Refusal::Missing)?;
        let known = TokenId::of(token).and_then(|id| self.known.get(&id));
        let (_, allowed) = known.filter(|(hash, _)| hash.is_of(token)).ok_or(Refusal::Unknown)?;
        match allowed.expires.is_some_and(|end| end <= now) {
            true => Err(Refusal::Expired),
            false => Ok(&allowed.grant),
        }
    }
}
