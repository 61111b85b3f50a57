//! What bearers of a token or a certificate may do, by the file.

use std::time::{Duration, SystemTime};

use ossicle_api::{Grant, Right, Rights};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toml::value::Datetime;

/// What bearers may do, and how much of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Allowance {
    rights: Vec<String>,
    #[serde(default)]
    expires: Option<Datetime>,
    #[serde(default)]
    requests_per_second: Option<u32>,
    #[serde(default)]
    burst: Option<u32>,
    #[serde(default)]
    body_limit: Option<u64>,
}

/// An allowance that was checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Allowed {
    pub grant: Grant,
    /// From then on the credentials are none.
    pub expires: Option<SystemTime>,
    pub pace: Option<RequestRate>,
}

/// How often requests may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestRate {
    pub per_second: u32,
    /// How many may come at once after a pause.
    pub burst: u32,
}

impl Allowance {
    /// Checks it. The reason names the field.
    pub fn check(&self) -> Result<Allowed, String> {
        let rights = self.rights.iter().map(|name| name.parse::<Right>().map_err(|error| format!("rights: {error}")));
        let rights: Rights = rights.collect::<Result<_, _>>()?;
        if self.rights.is_empty() {
            return Err("rights: must name one at least: read, write, presign, break-locks".to_owned());
        }
        let pace = match (self.requests_per_second, self.burst) {
            (None, None) => None,
            (None, Some(_)) => return Err("burst: is of no use without requests-per-second".to_owned()),
            (Some(0), _) => return Err("requests-per-second: must be 1 at least".to_owned()),
            (Some(_), Some(0)) => return Err("burst: must be 1 at least".to_owned()),
            (Some(per_second), burst) => Some(RequestRate { per_second, burst: burst.unwrap_or(per_second) }),
        };
        let grant = Grant { rights, body_limit: self.body_limit.unwrap_or(u64::MAX) };
        Ok(Allowed { grant, expires: self.expires.as_ref().map(moment).transpose()?, pace })
    }
}

fn moment(stated: &Datetime) -> Result<SystemTime, String> {
    let refused = || "expires: must be a date and a time with its offset, such as 2027-01-31T00:00:00Z".to_owned();
    let moment = OffsetDateTime::parse(&stated.to_string(), &Rfc3339).map_err(|_| refused())?;
    let seconds = u64::try_from(moment.unix_timestamp()).map_err(|_| refused())?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Allowed, String> {
        toml::from_str::<Allowance>(text).map_err(|error| error.to_string())?.check()
    }

    #[test]
    fn allowance_is_read() {
        let text = "rights = [\"read\", \"presign\"]\nexpires = 1970-01-01T01:00:01+01:00\nrequests-per-second = 5\n\
                    body-limit = 7";
        let allowed = check(text).unwrap();
        assert!(allowed.grant.rights.has(Right::Read) && allowed.grant.rights.has(Right::Presign));
        assert!(!allowed.grant.rights.has(Right::Write));
        assert_eq!(allowed.grant.body_limit, 7);
        assert_eq!(allowed.expires, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1)));
        assert_eq!(allowed.pace, Some(RequestRate { per_second: 5, burst: 5 }));
        let least = check("rights = [\"write\"]").unwrap();
        assert_eq!((least.expires, least.pace, least.grant.body_limit), (None, None, u64::MAX));
    }

    #[test]
    fn wrong_fields_are_named() {
        for (text, field) in [
            ("rights = []", "rights"),
            ("rights = [\"everything\"]", "rights"),
            ("rights = [\"read\"]\nexpires = 2027-01-01", "expires"),
            ("rights = [\"read\"]\nexpires = 2027-01-01T00:00:00", "expires"),
            ("rights = [\"read\"]\nburst = 5", "burst"),
            ("rights = [\"read\"]\nrequests-per-second = 0", "requests-per-second"),
            ("rights = [\"read\"]\nrequests-per-second = 1\nburst = 0", "burst"),
        ] {
            let problem = check(text).unwrap_err();
            assert!(problem.contains(field), "{field}: {problem}");
        }
    }
}
