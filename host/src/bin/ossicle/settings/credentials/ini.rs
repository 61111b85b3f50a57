//! The credentials file of Alibaba Cloud's libraries, `~/.alibabacloud/credentials.ini`.

use super::super::problem::Problem;
use super::Chosen;
use super::chain::Surroundings;
use ossicle::{Credentials, EcsRole, OidcRole, Secret};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The section that is named, or `default`; nothing where there is no file that nothing named.
pub fn read(around: &Surroundings<'_>) -> Result<Option<Chosen>, Problem> {
    let named = (around.variable)("ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from);
    let is_named = named.is_some();
    let usual = || around.home.as_ref().map(|home| home.join(".alibabacloud/credentials.ini"));
    let Some(path) = named.or_else(usual) else { return Ok(None) };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if !is_named && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(problem(&path, format!("can't be read: {error}"))),
    };
    let name = (around.variable)("ALIBABA_CLOUD_PROFILE").unwrap_or_else(|| "default".to_owned());
    let section = section(&text, &name).ok_or_else(|| problem(&path, format!("has no section [{name}]")))?;
    let text = |key: &str| section.get(key).filter(|text| !text.is_empty()).map(|text| text.to_string());
    let needed = |key: &str| text(key).ok_or_else(|| problem(&path, format!("has no {key} in its section [{name}]")));
    Ok(Some(match needed("type")?.as_str() {
        "access_key" => Chosen::Source(Credentials::new(needed("access_key_id")?, needed("access_key_secret")?).into()),
        "ecs_ram_role" => {
            let mut role = EcsRole::new();
            role.role = text("role_name");
            role.into()
        }
        "oidc_role_arn" => {
            let file = Secret::file(needed("oidc_token_file_path")?);
            let mut role = OidcRole::new(needed("role_arn")?, needed("oidc_provider_arn")?, file);
            role.session_name = text("role_session_name");
            role.policy = text("policy");
            Chosen::Source(role.into())
        }
        other => {
            let what = format!("has the type {other:?} in its section [{name}]");
            return Err(problem(&path, what).hint("access_key, ecs_ram_role and oidc_role_arn can be used"));
        }
    }))
}

/// A section's keys and values; what follows a `#` in a value is a remark, as the libraries have it.
fn section<'a>(text: &'a str, name: &str) -> Option<BTreeMap<String, &'a str>> {
    let mut found = None;
    let mut is_in = false;
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_in = header.trim() == name;
            if is_in {
                found.get_or_insert_with(BTreeMap::new);
            }
        } else if let Some(section) = found.as_mut().filter(|_| is_in && !line.starts_with(['#', ';']))
            && let Some((key, value)) = line.split_once(['=', ':'])
        {
            let value = value.split('#').next().unwrap_or_default().trim();
            section.insert(key.trim().to_ascii_lowercase(), value);
        }
    }
    found
}

fn problem(path: &Path, what: String) -> Problem {
    Problem::new(format!("credentials: {} {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections() {
        let text = "; x\n[a]\nk = 1 # remark\n[default]\nType: t\n#k = 2\nk=v=w\n";
        let found = section(text, "default").expect("a section");
        assert_eq!((found.get("type"), found.get("k")), (Some(&"t"), Some(&"v=w")));
        assert_eq!(section(text, "a").expect("a section").get("k"), Some(&"1"));
        assert!(section(text, "none").is_none());
    }
}
