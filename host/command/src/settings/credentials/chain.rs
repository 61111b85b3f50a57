//! Which source is taken.

use super::super::problem::Problem;
use super::chosen::Chosen;
use super::files::Looked;
use super::sources::SOURCES;
use super::uri::Uri;
use super::{ini, profile, role};
use ossicle::Credentials;
use ossicle_terms::{Field, Given, Origin, Value};
use std::path::PathBuf;

/// Names a profile of the command line's, and a section of the credentials file.
pub(super) const PROFILE: &str = "ALIBABA_CLOUD_PROFILE";

/// Where credentials are looked for beside the settings: the environment, the user's folder and the metadata service.
pub struct CredentialLookup<'a> {
    /// An environment variable, unless it is set to nothing.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The user's folder.
    pub home: Option<PathBuf>,
    /// Whether this machine has a metadata service: the usual one, or the one that is named.
    pub has_metadata: &'a dyn Fn(Option<&str>) -> bool,
    /// Whether that knows a RAM role.
    pub has_role: &'a dyn Fn(Option<&str>) -> bool,
}

impl CredentialLookup<'_> {
    pub(super) fn is_true(&self, name: &str) -> bool {
        (self.variable)(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// The source that is named, or else the first that is there.
pub fn choose(given: &Given, around: &CredentialLookup<'_>) -> Result<Chosen, Problem> {
    let Some(named) = given.get(Field::Source) else { return first(given, around) };
    match named.text.as_str() {
        "fixed" => fixed(given).map(Chosen::by),
        "oidc-role" => role::oidc(given, around).map(Chosen::by),
        "ram-role" => role::ram(given, around, fixed(given)?),
        "ecs-role" => Ok(Chosen::by(role::ecs(given, around))),
        "profile" => found(profile::read(around)?, named, "the CLI's profiles"),
        "credentials-file" => found(ini::read(around)?, named, "a credentials file"),
        "uri" => uri(given, around)?.ok_or_else(|| {
            let hint = "set ALIBABA_CLOUD_CREDENTIALS_URI, or write uri = \"http://...\" below [credentials]";
            Problem::of(Field::CredentialsUri, "is missing").given_by(named.origin.clone()).hint(hint)
        }),
        _ => {
            let reason = format!("must be one of {}", SOURCES.join(", "));
            Err(Problem::of(Field::Source, reason).given_by(named.origin.clone()))
        }
    }
}

/// The default chain of Alibaba Cloud's credentials libraries, with OSS's own names and the config file put in: an
/// environment counts before the file, and that before what is kept for other programs.
fn first(given: &Given, around: &CredentialLookup<'_>) -> Result<Chosen, Problem> {
    let key = given.get(Field::AccessKeyId).or(given.get(Field::AccessKeySecret));
    let in_file = |value: &Value| matches!(value.origin, Origin::File { .. });
    let of_file = |fields: &[Field]| fields.iter().any(|field| given.get(*field).is_some());
    if key.is_some_and(|key| !in_file(key)) {
        return fixed(given).map(Chosen::by);
    }
    if role::is_in_environment(around) {
        return role::oidc(given, around).map(Chosen::by);
    }
    let oidc = of_file(&[Field::ProviderArn, Field::TokenFile]) || key.is_none() && of_file(&[Field::RoleArn]);
    let (ecs, named_uri) = (of_file(&[Field::Role]), of_file(&[Field::CredentialsUri]));
    if u8::from(key.is_some()) + u8::from(oidc) + u8::from(ecs) + u8::from(named_uri) > 1 {
        let hint = format!("say which it is: source = \"...\", one of {}", SOURCES.join(", "));
        return Err(Problem::new("credentials: the config file has several sources").hint(hint));
    }
    if key.is_some() {
        let key = fixed(given)?;
        return if of_file(&[Field::RoleArn]) { role::ram(given, around, key) } else { Ok(Chosen::by(key)) };
    }
    if oidc {
        return role::oidc(given, around).map(Chosen::by);
    }
    if ecs {
        return Ok(Chosen::by(role::ecs(given, around)));
    }
    if named_uri && let Some(chosen) = uri(given, around)? {
        return Ok(chosen);
    }
    kept(given, around)
}

/// What is kept for other programs as well, or given by the machine.
fn kept(given: &Given, around: &CredentialLookup<'_>) -> Result<Chosen, Problem> {
    let mut passed = Vec::new();
    let profile = || match around.is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED") {
        true => Ok(Looked::Missing),
        false => profile::read(around),
    };
    for look in [&profile as &dyn Fn() -> Result<Looked, Problem>, &|| ini::read(around)] {
        match look()? {
            Looked::Chosen(chosen) => return Ok(*chosen),
            Looked::Missing => {}
            Looked::Empty(reason) => passed.push(reason),
        }
    }
    if let Some(name) = (around.variable)(PROFILE).filter(|_| !passed.is_empty()) {
        let problem = Problem::new(format!("credentials: there is no profile {name:?}"));
        return Err(passed.into_iter().fold(problem.given_by(Origin::Environment(PROFILE)), Problem::hint));
    }
    let is_named = (around.variable)("ALIBABA_CLOUD_ECS_METADATA").is_some();
    if !around.is_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED") {
        let endpoint = given.get(Field::CredentialsEndpoint).map(|value| value.text.as_str());
        // Where something comes after it, a machine without a role must not stand in its way.
        let has_more = (around.variable)(CREDENTIALS_URI).is_some();
        if is_named || (around.has_metadata)(endpoint) && (!has_more || (around.has_role)(endpoint)) {
            return Ok(Chosen::by(role::ecs(given, around)));
        }
    }
    uri(given, around)?.ok_or_else(|| {
        let hint = "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or write them into ossicle.toml below [credentials]; \
                    `ossicle help` tells where else credentials can come from";
        passed.into_iter().fold(Problem::new("credentials: there is no access key").hint(hint), Problem::hint)
    })
}

/// The access key. One half without the other is told by the half that is there.
fn fixed(given: &Given) -> Result<Credentials, Problem> {
    let (id, secret) = match (given.get(Field::AccessKeyId), given.get(Field::AccessKeySecret)) {
        (Some(id), Some(secret)) => (id, secret),
        (Some(half), None) => return Err(missing(Field::AccessKeySecret, half)),
        (None, Some(half)) => return Err(missing(Field::AccessKeyId, half)),
        (None, None) => {
            return Err(Problem::of(Field::AccessKeyId, "is missing, and so is the other half of the access key"));
        }
    };
    let credentials = Credentials::new(id.text.as_str(), secret.text.as_str());
    Ok(match given.get(Field::SecurityToken) {
        Some(token) => credentials.security_token(token.text.as_str()),
        None => credentials,
    })
}

fn missing(field: Field, half: &Value) -> Problem {
    let problem = Problem::of(field, "is missing, though the other half of the access key is there");
    problem.given_by(half.origin.clone()).hint("an access key is taken whole from one place")
}

/// What was found in files that were named.
fn found(looked: Looked, named: &Value, what: &str) -> Result<Chosen, Problem> {
    let problem = |reason: String| Problem::of(Field::Source, reason).given_by(named.origin.clone());
    match looked {
        Looked::Chosen(chosen) => Ok(*chosen),
        Looked::Missing => Err(problem(format!("there is no file with {what}"))),
        Looked::Empty(reason) => Err(problem(reason)),
    }
}

const CREDENTIALS_URI: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";

fn uri(given: &Given, around: &CredentialLookup<'_>) -> Result<Option<Chosen>, Problem> {
    let (text, origin) = match given.get(Field::CredentialsUri) {
        Some(value) => (value.text.clone(), value.origin.clone()),
        None => match (around.variable)(CREDENTIALS_URI) {
            Some(text) => (text, Origin::Environment(CREDENTIALS_URI)),
            None => return Ok(None),
        },
    };
    let uri = Uri::parse(&text).map_err(|reason| Problem::of(Field::CredentialsUri, reason).given_by(origin))?;
    Ok(Some(Chosen::by_uri(uri)))
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
