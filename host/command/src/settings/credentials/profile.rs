//! The profiles of Alibaba Cloud's command line, `~/.aliyun/config.json`.

use super::super::problem::Problem;
use super::chain::{CredentialLookup, PROFILE};
use super::chosen::Chosen;
use super::files::{self, Looked, problem};
use super::role;
use super::uri::Uri;
use ossicle::{Credentials, OidcRole, TemporaryCredentials};
use serde::Deserialize;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How many profiles may stand on one another, as many as roles may.
const DEEPEST: usize = 8;

#[derive(Deserialize)]
struct File {
    current: Option<String>,
    profiles: Option<Vec<Profile>>,
}

#[derive(Deserialize, Clone)]
struct Profile {
    name: Option<String>,
    mode: Option<String>,
    access_key_id: Option<String>,
    access_key_secret: Option<String>,
    sts_token: Option<String>,
    /// In seconds since 1970; 0 where it is not known.
    sts_expiration: Option<u64>,
    ram_role_name: Option<String>,
    ram_role_arn: Option<String>,
    ram_session_name: Option<String>,
    role_session_name: Option<String>,
    expired_seconds: Option<u32>,
    external_id: Option<String>,
    source_profile: Option<String>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<String>,
    credentials_uri: Option<String>,
    policy: Option<String>,
    sts_region: Option<String>,
    enable_vpc: Option<bool>,
}

/// The profile that is named, or the current one. What is empty is passed over; one that is there and can't be used is a
/// problem: going on to the next source would be to ask as somebody else.
pub fn read(around: &CredentialLookup<'_>) -> Result<Looked, Problem> {
    let Some(path) = around.home.as_ref().map(|home| home.join(".aliyun/config.json")) else {
        return Ok(Looked::Missing);
    };
    let Some(text) = files::read(&path)? else { return Ok(Looked::Missing) };
    // What serde says quotes values, which may be secrets.
    let file: File = serde_json::from_str(&text)
        .map_err(|error| problem(&path, format!("has no profiles that can be read, by its line {}", error.line())))?;
    let profiles = file.profiles.unwrap_or_default();
    let empty = |what: String| Ok(Looked::Empty(format!("{} {what}", path.display())));
    if profiles.is_empty() {
        return empty("has no profiles".to_owned());
    }
    let named = (around.variable)(PROFILE);
    let is_named = named.is_some();
    let Some(name) = named.or(file.current).filter(|name| !name.is_empty()) else {
        return empty("names no current profile".to_owned());
    };
    let profiles = Profiles { path: &path, around, all: &profiles };
    match profiles.find(&name) {
        // The same variable names a section of the credentials file.
        None if is_named => empty(format!("has no profile {name:?}")),
        None => Err(problem(&path, format!("has no profile {name:?}, which it says is the current one"))),
        Some(profile) if profile.is_empty() => empty(format!("has nothing in its profile {name:?}")),
        Some(_) => profiles.chosen(&name, 0).map(Box::new).map(Looked::Chosen),
    }
}

struct Profiles<'a> {
    path: &'a Path,
    around: &'a CredentialLookup<'a>,
    all: &'a [Profile],
}

impl Profiles<'_> {
    fn find(&self, name: &str) -> Option<Profile> {
        self.all.iter().find(|profile| profile.name.as_deref() == Some(name)).cloned()
    }

    /// Who asks by the profile of a name, which so many others stand on.
    fn chosen(&self, name: &str, depth: usize) -> Result<Chosen, Problem> {
        let problem = |what: String| problem(self.path, format!("{what} in its profile {name:?}"));
        let Some(profile) = self.find(name).filter(|_| depth <= DEEPEST) else {
            let what =
                if depth > DEEPEST { "has profiles that stand on one another without end" } else { "has no profile" };
            return Err(files::problem(self.path, format!("{what}: {name:?}")));
        };
        let missing = |what: &str| problem(format!("has no {what}"));
        let needed = |value: Option<String>, what| some(value).ok_or_else(|| missing(what));
        let key = |profile: &Profile| -> Result<Credentials, Problem> {
            files::warn(self.path);
            let id = needed(profile.access_key_id.clone(), "access_key_id")?;
            let credentials = Credentials::new(id, needed(profile.access_key_secret.clone(), "access_key_secret")?);
            Ok(match some(profile.sts_token.clone()) {
                Some(token) => credentials.security_token(token),
                None => credentials,
            })
        };
        match profile.mode.as_deref().unwrap_or_default() {
            "" => key(&profile).map(Chosen::by),
            "AK" => key(&Profile { sts_token: None, ..profile }).map(Chosen::by),
            "StsToken" => {
                needed(profile.sts_token.clone(), "sts_token")?;
                key(&profile).map(Chosen::by)
            }
            "EcsRamRole" => Ok(Chosen::by(role::instance(self.around, some(profile.ram_role_name)))),
            "RamRoleArn" => self.with_role(Chosen::by(key(&profile)?), profile, missing),
            "ChainableRamRoleArn" => {
                let source = needed(profile.source_profile.clone(), "source_profile")?;
                self.with_role(self.chosen(&source, depth + 1)?, profile, missing)
            }
            "OIDC" => {
                let file = files::token(self.path, needed(profile.oidc_token_file.clone(), "oidc_token_file")?)?;
                let provider = needed(profile.oidc_provider_arn.clone(), "oidc_provider_arn")?;
                let mut role = OidcRole::new(needed(profile.ram_role_arn.clone(), "ram_role_arn")?, provider, file);
                let details = self.details(profile);
                (role.session_name, role.duration_seconds) = (details.session_name, details.duration_seconds);
                (role.policy, role.endpoint) = (details.policy, details.endpoint);
                Ok(Chosen::by(role))
            }
            "CredentialsURI" => {
                let text = needed(profile.credentials_uri, "credentials_uri")?;
                let uri = Uri::parse(&text);
                uri.map(Chosen::by_uri).map_err(|reason| problem(format!("has a credentials_uri that {reason},")))
            }
            // What the command line signed in for, with a browser, leaves a temporary access key.
            "CloudSSO" | "OAuth" => {
                let renew = format!("let the command line renew it: aliyun sts GetCallerIdentity --profile {name}");
                let end = profile
                    .sts_expiration
                    .filter(|end| *end > 0)
                    .map(|end| SystemTime::UNIX_EPOCH + Duration::from_secs(end));
                if end.is_some_and(|end| end <= SystemTime::now()) {
                    return Err(problem("has a temporary access key that has expired".to_owned()).hint(renew));
                }
                needed(profile.sts_token.clone(), "sts_token").map_err(|problem| problem.hint(renew.as_str()))?;
                let key = key(&profile).map_err(|problem| problem.hint(renew.as_str()))?;
                Ok(Chosen::temporary(TemporaryCredentials::new(key, end)))
            }
            "External" => {
                let hint = "a command that a file names is not run; ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true passes the file over";
                Err(problem("has the mode \"External\"".to_owned()).hint(hint))
            }
            other => {
                let hint = "AK, StsToken, RamRoleArn, ChainableRamRoleArn, EcsRamRole, OIDC, CredentialsURI, CloudSSO and OAuth \
                            can be used; ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true passes the file over";
                Err(problem(format!("has the mode {other:?}")).hint(hint))
            }
        }
    }

    fn with_role(&self, base: Chosen, profile: Profile, missing: impl Fn(&str) -> Problem) -> Result<Chosen, Problem> {
        let arn = some(profile.ram_role_arn.clone()).ok_or_else(|| missing("ram_role_arn"))?;
        let external_id = some(profile.external_id.clone());
        let details = self.details(profile);
        Ok(base.with_role(arn, |role| {
            role.session_name = details.session_name;
            role.duration_seconds = details.duration_seconds;
            role.policy = details.policy;
            role.external_id = external_id;
            role.endpoint = details.endpoint;
        }))
    }

    fn details(&self, profile: Profile) -> Details {
        let session = some(profile.ram_session_name).or(some(profile.role_session_name));
        Details {
            session_name: session.or_else(|| role::session(self.around)),
            duration_seconds: profile.expired_seconds.filter(|seconds| *seconds > 0),
            policy: some(profile.policy),
            endpoint: role::sts(self.around, some(profile.sts_region), profile.enable_vpc),
        }
    }
}

/// What a profile says of a session.
struct Details {
    session_name: Option<String>,
    duration_seconds: Option<u32>,
    policy: Option<String>,
    endpoint: Option<String>,
}

impl Profile {
    /// Whether it is as the command line makes one that nobody has filled in.
    fn is_empty(&self) -> bool {
        let asks = [&self.access_key_id, &self.access_key_secret, &self.sts_token, &self.ram_role_arn];
        let is_blank = asks.into_iter().all(|value| value.as_deref().unwrap_or_default().is_empty());
        is_blank && matches!(self.mode.as_deref().unwrap_or_default(), "" | "AK" | "StsToken" | "RamRoleArn")
    }
}

fn some(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}
