//! Roles, by the settings and the environment.

use super::super::field::Field;
use super::super::given::Given;
use super::super::problem::Problem;
use super::chain::Surroundings;
use ossicle::{EcsRole, OidcRole, Secret};

const OIDC: [(Field, &str); 3] = [
    (Field::RoleArn, "ALIBABA_CLOUD_ROLE_ARN"),
    (Field::ProviderArn, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
    (Field::TokenFile, "ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
];

/// Whether the environment has all of a role with a token, as ACK puts it into pods.
pub fn is_in_environment(around: &Surroundings<'_>) -> bool {
    OIDC.iter().all(|(_, variable)| (around.variable)(variable).is_some())
}

/// The role with a token.
pub fn oidc(given: &Given, around: &Surroundings<'_>) -> Result<OidcRole, Problem> {
    let text = |field| given.get(field).map(|value| value.text.clone());
    let needed = |(field, variable): (Field, &str)| {
        let name = field.name().trim_start_matches("credentials.");
        let hint = || format!("set {variable}, or write {name} = \"...\" below [credentials]");
        text(field).or_else(|| (around.variable)(variable)).ok_or_else(|| Problem::of(field, "is missing").hint(hint()))
    };
    let [arn, provider, file] = OIDC;
    let mut role = OidcRole::new(needed(arn)?, needed(provider)?, Secret::file(needed(file)?));
    role.session_name = text(Field::SessionName).or_else(|| (around.variable)("ALIBABA_CLOUD_ROLE_SESSION_NAME"));
    role.policy = text(Field::Policy);
    role.endpoint = text(Field::CredentialsEndpoint).or_else(|| sts(around));
    if let Some(value) = given.get(Field::DurationSeconds) {
        let refused = |_| Problem::of(Field::DurationSeconds, "must be 900 to 43200").given_by(value.origin.clone());
        role.duration_seconds = Some(value.text.parse().map_err(refused)?);
    }
    Ok(role)
}

/// STS of the region, where the environment names one.
fn sts(around: &Surroundings<'_>) -> Option<String> {
    let region = (around.variable)("ALIBABA_CLOUD_STS_REGION")?;
    let name = if around.is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") { "sts-vpc" } else { "sts" };
    Some(format!("{name}.{region}.aliyuncs.com"))
}

/// The role of the instance.
pub fn ecs(given: &Given, around: &Surroundings<'_>) -> EcsRole {
    let text = |field| given.get(field).map(|value| value.text.clone());
    let mut role = EcsRole::new();
    role.role = text(Field::Role).or_else(|| (around.variable)("ALIBABA_CLOUD_ECS_METADATA"));
    role.hardened_only = match text(Field::HardenedOnly) {
        Some(text) => text == "true",
        None => around.is_true("ALIBABA_CLOUD_IMDSV1_DISABLED"),
    };
    role.endpoint = text(Field::CredentialsEndpoint);
    role
}
