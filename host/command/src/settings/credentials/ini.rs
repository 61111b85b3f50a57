//! The credentials file of Alibaba Cloud's libraries, `~/.alibabacloud/credentials.ini`, which some of them call
//! `~/.alibabacloud/credentials`.

use super::super::problem::Problem;
use super::chain::{CredentialLookup, PROFILE};
use super::chosen::Chosen;
use super::files::{self, Looked};
use super::role;
use ossicle::{Credentials, OidcRole};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file's names, in the order they are looked for.
const NAMES: [&str; 2] = [".alibabacloud/credentials.ini", ".alibabacloud/credentials"];

/// The section that is named, or `default`, in the first file that has it.
pub fn read(around: &CredentialLookup<'_>) -> Result<Looked, Problem> {
    if let Some(path) = (around.variable)("ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from) {
        return match read_file(around, &path)? {
            Looked::Missing => Err(files::problem(&path, "is not there")),
            looked => Ok(looked),
        };
    }
    let mut found = Looked::Missing;
    for path in around.home.iter().flat_map(|home| NAMES.map(|name| home.join(name))) {
        match read_file(around, &path)? {
            Looked::Missing => {}
            Looked::Empty(reason) => found = Looked::Empty(reason),
            chosen => return Ok(chosen),
        }
    }
    Ok(found)
}

fn read_file(around: &CredentialLookup<'_>, path: &Path) -> Result<Looked, Problem> {
    let Some(text) = files::read(path)? else { return Ok(Looked::Missing) };
    let name = (around.variable)(PROFILE).unwrap_or_else(|| "default".to_owned());
    let Some(section) = section(&text, &name).filter(|section| section.values().any(|value| !value.is_empty())) else {
        return Ok(Looked::Empty(format!("{} has nothing in a section [{name}]", path.display())));
    };
    let text = |key: &str| section.get(key).filter(|text| !text.is_empty()).map(|text| text.to_string());
    let problem = |what: String| files::problem(path, format!("{what} in its section [{name}]"));
    let needed = |key: &str| text(key).ok_or_else(|| problem(format!("has no {key}")));
    let key = || -> Result<Credentials, Problem> {
        files::warn(path);
        Ok(Credentials::new(needed("access_key_id")?, needed("access_key_secret")?))
    };
    let session = || text("role_session_name").or_else(|| role::session(around));
    let chosen = match needed("type")?.as_str() {
        "access_key" => Chosen::by(key()?),
        "ecs_ram_role" => Chosen::by(role::instance(around, text("role_name"))),
        "ram_role_arn" => Chosen::by(key()?).with_role(needed("role_arn")?, |role| {
            role.session_name = session();
            role.policy = text("policy");
            role.external_id = text("external_id");
            role.endpoint = role::sts(around, None, None);
        }),
        "oidc_role_arn" => {
            let file = files::token(path, needed("oidc_token_file_path")?)?;
            let mut role = OidcRole::new(needed("role_arn")?, needed("oidc_provider_arn")?, file);
            role.session_name = session();
            role.policy = text("policy");
            role.endpoint = role::sts(around, None, None);
            Chosen::by(role)
        }
        other => {
            let hint = "access_key, ecs_ram_role, ram_role_arn and oidc_role_arn can be used";
            return Err(problem(format!("has the type {other:?}")).hint(hint));
        }
    };
    Ok(Looked::Chosen(Box::new(chosen)))
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
