//! The profiles of Alibaba Cloud's command line, `~/.aliyun/config.json`.

use super::super::problem::Problem;
use super::Chosen;
use super::chain::Surroundings;
use ossicle::{Credentials, EcsRole, OidcRole, Secret};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;

#[derive(Deserialize)]
struct File {
    current: Option<String>,
    #[serde(default)]
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    name: Option<String>,
    mode: Option<String>,
    access_key_id: Option<String>,
    access_key_secret: Option<String>,
    sts_token: Option<String>,
    ram_role_name: Option<String>,
    ram_role_arn: Option<String>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<String>,
    role_session_name: Option<String>,
    policy: Option<String>,
    sts_region: Option<String>,
}

/// The profile that is named, or the current one; nothing where there is no file. One that can't be used is a problem:
/// going on to the next source would be to ask as somebody else.
pub fn read(around: &Surroundings<'_>) -> Result<Option<Chosen>, Problem> {
    let Some(path) = around.home.as_ref().map(|home| home.join(".aliyun/config.json")) else { return Ok(None) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => zeroize::Zeroizing::new(text),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(problem(&path, format!("can't be read: {error}"))),
    };
    // What serde says quotes values, which may be secrets.
    let file: File = serde_json::from_str(&text)
        .map_err(|error| problem(&path, format!("has no profiles that can be read, by its line {}", error.line())))?;
    let name = (around.variable)("ALIBABA_CLOUD_PROFILE").or(file.current);
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(problem(&path, "names no current profile".to_owned()));
    };
    let profile = file.profiles.into_iter().find(|profile| profile.name.as_deref() == Some(&name));
    let profile = profile.ok_or_else(|| problem(&path, format!("has no profile {name:?}")))?;
    let mode = profile.mode.clone().unwrap_or_default();
    let missing = |what: &str| problem(&path, format!("has no {what} in its profile {name:?}"));
    let needed = |value: Option<String>, what| value.filter(|text| !text.is_empty()).ok_or_else(|| missing(what));
    let some = |value: Option<String>| value.filter(|text| !text.is_empty());
    Ok(Some(match mode.as_str() {
        "AK" | "StsToken" => {
            let id = needed(profile.access_key_id, "access_key_id")?;
            let credentials = Credentials::new(id, needed(profile.access_key_secret, "access_key_secret")?);
            Chosen::Source(if mode == "AK" {
                credentials.into()
            } else {
                credentials.security_token(needed(profile.sts_token, "sts_token")?).into()
            })
        }
        "EcsRamRole" => {
            let mut role = EcsRole::new();
            role.role = some(profile.ram_role_name);
            role.into()
        }
        "OIDC" => {
            let file = Secret::file(needed(profile.oidc_token_file, "oidc_token_file")?);
            let provider = needed(profile.oidc_provider_arn, "oidc_provider_arn")?;
            let mut role = OidcRole::new(needed(profile.ram_role_arn, "ram_role_arn")?, provider, file);
            role.session_name = some(profile.role_session_name);
            role.policy = some(profile.policy);
            role.endpoint = some(profile.sts_region).map(|region| format!("sts.{region}.aliyuncs.com"));
            Chosen::Source(role.into())
        }
        other => {
            let what = format!("has the mode {other:?} in its profile {name:?}");
            let hint =
                "AK, StsToken, EcsRamRole and OIDC can be used; ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true passes it over";
            return Err(problem(&path, what).hint(hint));
        }
    }))
}

fn problem(path: &Path, what: String) -> Problem {
    Problem::new(format!("credentials: {} {what}", path.display()))
}
