//! Roles, by the settings and the environment.

use super::super::problem::Problem;
use super::chain::CredentialLookup;
use super::chosen::Chosen;
use ossicle::{Credentials, EcsRole, OidcRole, Secret};
use ossicle_terms::{Field, Given};

const OIDC: [(Field, &str); 3] = [
    (Field::RoleArn, "ALIBABA_CLOUD_ROLE_ARN"),
    (Field::ProviderArn, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
    (Field::TokenFile, "ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
];

/// Whether the environment has all of a role with a token, as ACK puts it into pods.
pub fn is_in_environment(around: &CredentialLookup<'_>) -> bool {
    OIDC.iter().all(|(_, variable)| (around.variable)(variable).is_some())
}

/// The role with a token.
pub fn oidc(given: &Given, around: &CredentialLookup<'_>) -> Result<OidcRole, Problem> {
    let text = |field| given.get(field).map(|value| value.text.clone());
    let needed = |(field, variable): (Field, &str)| {
        let name = field.name().trim_start_matches("credentials.");
        let hint = || format!("set {variable}, or write {name} = \"...\" below [credentials]");
        text(field).or_else(|| (around.variable)(variable)).ok_or_else(|| Problem::of(field, "is missing").hint(hint()))
    };
    let [arn, provider, file] = OIDC;
    let mut role = OidcRole::new(needed(arn)?, needed(provider)?, Secret::file(needed(file)?));
    role.session_name = text(Field::SessionName).or_else(|| session(around));
    role.policy = text(Field::Policy);
    role.endpoint = text(Field::CredentialsEndpoint).or_else(|| sts(around, None, None));
    role.duration_seconds = duration(given)?;
    Ok(role)
}

/// The role that is taken on with an access key.
pub fn ram(given: &Given, around: &CredentialLookup<'_>, key: Credentials) -> Result<Chosen, Problem> {
    let text = |field| given.get(field).map(|value| value.text.clone());
    let missing = || {
        let hint = "write role-arn = \"acs:ram::...:role/...\" below [credentials]";
        Problem::of(Field::RoleArn, "is missing").hint(hint)
    };
    let (arn, seconds) = (text(Field::RoleArn).ok_or_else(missing)?, duration(given)?);
    Ok(Chosen::by(key).with_role(arn, |role| {
        role.session_name = text(Field::SessionName).or_else(|| session(around));
        role.duration_seconds = seconds;
        role.policy = text(Field::Policy);
        role.external_id = text(Field::ExternalId);
        role.endpoint = text(Field::CredentialsEndpoint).or_else(|| sts(around, None, None));
    }))
}

fn duration(given: &Given) -> Result<Option<u32>, Problem> {
    let Some(value) = given.get(Field::DurationSeconds) else { return Ok(None) };
    let refused = |_| Problem::of(Field::DurationSeconds, "must be 900 to 43200").given_by(value.origin.clone());
    value.text.parse().map(Some).map_err(refused)
}

/// The session's name that the environment gives.
pub fn session(around: &CredentialLookup<'_>) -> Option<String> {
    (around.variable)("ALIBABA_CLOUD_ROLE_SESSION_NAME")
}

/// STS of a region, where a profile or the environment names one, and from within a VPC where either says so.
pub fn sts(around: &CredentialLookup<'_>, region: Option<String>, in_vpc: Option<bool>) -> Option<String> {
    let region = region.or_else(|| (around.variable)("ALIBABA_CLOUD_STS_REGION"))?;
    let in_vpc = in_vpc == Some(true) || around.is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");
    let name = if in_vpc { "sts-vpc" } else { "sts" };
    Some(format!("{name}.{region}.aliyuncs.com"))
}

/// The role of the instance.
pub fn ecs(given: &Given, around: &CredentialLookup<'_>) -> EcsRole {
    let text = |field| given.get(field).map(|value| value.text.clone());
    let role = text(Field::Role).or_else(|| (around.variable)("ALIBABA_CLOUD_ECS_METADATA"));
    let mut ecs = instance(around, role);
    if let Some(text) = text(Field::HardenedOnly) {
        ecs.hardened_only = text == "true";
    }
    ecs.endpoint = text(Field::CredentialsEndpoint);
    ecs
}

/// The role of the instance as a profile names it.
pub fn instance(around: &CredentialLookup<'_>, role: Option<String>) -> EcsRole {
    let mut ecs = EcsRole::new();
    ecs.role = role;
    ecs.hardened_only = around.is_true("ALIBABA_CLOUD_IMDSV1_DISABLED");
    ecs
}
