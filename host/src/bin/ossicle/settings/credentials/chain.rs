//! Which source is taken.

use super::super::field::Field;
use super::super::given::{Given, Value};
use super::super::origin::Origin;
use super::super::problem::Problem;
use super::{Chosen, SOURCES, Uri, ini, profile, role};
use ossicle::{Credentials, EcsRole};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// What is looked at beside the settings.
pub struct Surroundings<'a> {
    /// An environment variable, unless it is set to nothing.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The user's folder.
    pub home: Option<PathBuf>,
    /// Whether this machine has a metadata service.
    pub has_metadata: &'a dyn Fn() -> bool,
}

impl Surroundings<'_> {
    pub(super) fn is_true(&self, name: &str) -> bool {
        (self.variable)(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// Whether the metadata service takes a connection. As the official library: one second, for on an ECS instance it is
/// next door.
pub fn has_metadata() -> bool {
    let service = SocketAddr::from((Ipv4Addr::new(100, 100, 100, 200), 80));
    TcpStream::connect_timeout(&service, Duration::from_secs(1)).is_ok()
}

/// The source that is named, or else the first that is there.
pub fn choose(given: &Given, around: &Surroundings<'_>) -> Result<Chosen, Problem> {
    let Some(named) = given.get(Field::Source) else { return first(given, around) };
    match named.text.as_str() {
        "fixed" => fixed(given).map(|credentials| Chosen::Source(credentials.into())),
        "oidc-role" => role::oidc(given, around).map(|role| Chosen::Source(role.into())),
        "ecs-role" => Ok(Chosen::Source(role::ecs(given, around).into())),
        "profile" => profile::read(around)?.ok_or_else(|| missing_file(named, "the CLI's profiles")),
        "credentials-file" => ini::read(around)?.ok_or_else(|| missing_file(named, "a credentials file")),
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
fn first(given: &Given, around: &Surroundings<'_>) -> Result<Chosen, Problem> {
    let key = given.get(Field::AccessKeyId).or(given.get(Field::AccessKeySecret));
    let in_file = |value: &Value| matches!(value.origin, Origin::File { .. });
    let of_file = |fields: &[Field]| fields.iter().any(|field| given.get(*field).is_some());
    if key.is_some_and(|key| !in_file(key)) {
        return fixed(given).map(|credentials| Chosen::Source(credentials.into()));
    }
    if role::is_in_environment(around) {
        return role::oidc(given, around).map(|role| Chosen::Source(role.into()));
    }
    let (oidc, ecs) = (of_file(&[Field::RoleArn, Field::ProviderArn, Field::TokenFile]), of_file(&[Field::Role]));
    let named_uri = given.get(Field::CredentialsUri).is_some();
    if u8::from(key.is_some()) + u8::from(oidc) + u8::from(ecs) + u8::from(named_uri) > 1 {
        let hint = format!("say which it is: source = \"...\", one of {}", SOURCES.join(", "));
        return Err(Problem::new("credentials: the config file has several sources").hint(hint));
    }
    if key.is_some() {
        return fixed(given).map(|credentials| Chosen::Source(credentials.into()));
    }
    if oidc {
        return role::oidc(given, around).map(|role| Chosen::Source(role.into()));
    }
    if ecs {
        return Ok(Chosen::Source(role::ecs(given, around).into()));
    }
    if named_uri && let Some(chosen) = uri(given, around)? {
        return Ok(chosen);
    }
    if !around.is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
        && let Some(chosen) = profile::read(around)?
    {
        return Ok(chosen);
    }
    if let Some(chosen) = ini::read(around)? {
        return Ok(chosen);
    }
    let is_named = (around.variable)("ALIBABA_CLOUD_ECS_METADATA").is_some();
    if !around.is_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED") && (is_named || (around.has_metadata)()) {
        return Ok(Chosen::Source(role::ecs(given, around).into()));
    }
    uri(given, around)?.ok_or_else(|| {
        let hint = "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or write them into ossicle.toml below [credentials]; \
                    `ossicle help` tells where else credentials can come from";
        Problem::new("credentials: there is no access key").hint(hint)
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

fn missing_file(named: &Value, what: &str) -> Problem {
    Problem::of(Field::Source, format!("there is no file with {what}")).given_by(named.origin.clone())
}

fn uri(given: &Given, around: &Surroundings<'_>) -> Result<Option<Chosen>, Problem> {
    const VARIABLE: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";
    let (text, origin) = match given.get(Field::CredentialsUri) {
        Some(value) => (value.text.clone(), value.origin.clone()),
        None => match (around.variable)(VARIABLE) {
            Some(text) => (text, Origin::Environment(VARIABLE)),
            None => return Ok(None),
        },
    };
    let uri = Uri::parse(&text).map_err(|reason| Problem::of(Field::CredentialsUri, reason).given_by(origin))?;
    Ok(Some(Chosen::Uri(uri)))
}

impl From<EcsRole> for Chosen {
    fn from(role: EcsRole) -> Self {
        Self::Source(role.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossicle::CredentialSource;

    /// What is chosen with these variables, this config file, this folder of the user's, and a metadata service or not.
    fn chosen(variables: &[(&str, &str)], file: &str, home: &std::path::Path, has_metadata: bool) -> String {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let lookup = |name: &str| variable(name).ok_or(std::env::VarError::NotPresent);
        let sources = super::super::super::environment::read(lookup).expect("environment");
        let file = super::super::super::file::read(std::path::Path::new("o.toml"), file).expect("file");
        let given = Given::merge(&[sources.as_slice(), &[file]].concat());
        let around =
            Surroundings { variable: &variable, home: Some(home.to_owned()), has_metadata: &move || has_metadata };
        match choose(&given, &around) {
            Ok(Chosen::Source(CredentialSource::Fixed(key))) => key.access_key_id,
            Ok(Chosen::Source(CredentialSource::OidcRole(role))) => role.role_arn,
            Ok(Chosen::Source(CredentialSource::EcsRole(role))) => format!("ecs {}", role.role.unwrap_or_default()),
            Ok(Chosen::Source(_)) => "host".to_owned(),
            Ok(Chosen::Uri(_)) => "uri".to_owned(),
            Err(problem) => problem.to_string(),
        }
    }

    const OSS: [(&str, &str); 2] = [("OSS_ACCESS_KEY_ID", "oss"), ("OSS_ACCESS_KEY_SECRET", "s")];
    const ALIBABA: [(&str, &str); 2] =
        [("ALIBABA_CLOUD_ACCESS_KEY_ID", "alibaba"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
    const OIDC: [(&str, &str); 3] = [
        ("ALIBABA_CLOUD_ROLE_ARN", "oidc"),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "p"),
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/t"),
    ];
    const URI: [(&str, &str); 1] = [("ALIBABA_CLOUD_CREDENTIALS_URI", "http://localhost/c")];
    const FILE: &str = "[credentials]\naccess-key-id = \"file\"\naccess-key-secret = \"s\"";

    #[test]
    fn the_order_is_that_of_the_official_library() {
        let (empty, full) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        let write = |name: &str, text: &str| {
            let path = full.path().join(name);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, text).expect("written");
        };
        write(
            ".alibabacloud/credentials.ini",
            "[default]\ntype = access_key\naccess_key_id = ini\naccess_key_secret = s\n",
        );
        let all = [&OSS[..], &ALIBABA, &OIDC, &URI].concat();
        assert_eq!(chosen(&all, FILE, full.path(), true), "oss");
        assert_eq!(chosen(&all[2..], FILE, full.path(), true), "alibaba");
        assert_eq!(chosen(&all[4..], FILE, full.path(), true), "oidc");
        assert_eq!(chosen(&URI, FILE, full.path(), true), "file");
        assert_eq!(chosen(&URI, "", full.path(), true), "ini");
        write(
            ".aliyun/config.json",
            r#"{"current":"a","profiles":[{"name":"a","mode":"AK","access_key_id":"profile","access_key_secret":"s"},
                {"name":"b","mode":"EcsRamRole","ram_role_name":"r"},{"name":"c","mode":"CloudSSO"}]}"#,
        );
        assert_eq!(chosen(&URI, "", full.path(), true), "profile");
        let with = |name, text| [&URI[..], &[(name, text)]].concat();
        assert_eq!(chosen(&with("ALIBABA_CLOUD_PROFILE", "b"), "", full.path(), true), "ecs r");
        let told = chosen(&with("ALIBABA_CLOUD_PROFILE", "c"), "", full.path(), true);
        assert!(told.contains("CloudSSO"), "{told}");
        assert_eq!(chosen(&with("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true"), "", full.path(), true), "ini");
        assert_eq!(chosen(&URI, "", empty.path(), true), "ecs ");
        assert_eq!(chosen(&URI, "", empty.path(), false), "uri");
        assert_eq!(chosen(&with("ALIBABA_CLOUD_ECS_METADATA", "named"), "", empty.path(), false), "ecs named");
        assert_eq!(chosen(&with("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"), "", empty.path(), true), "uri");
        assert_eq!(chosen(&[], "", empty.path(), false), "credentials: there is no access key");
    }

    #[test]
    fn what_is_named_is_taken() {
        let empty = tempfile::tempdir().expect("folder");
        let all = [&OSS[..], &OIDC, &URI].concat();
        let named = |source: &str| {
            chosen(&all, &format!("[credentials]\nsource = {source:?}\nrole = \"r\""), empty.path(), false)
        };
        assert_eq!(["fixed", "oidc-role", "ecs-role", "uri"].map(named), ["oss", "oidc", "ecs r", "uri"]);
        assert!(named("profile").contains("there is no file"));
        assert!(named("magic").contains("must be one of"));
        let two = "[credentials]\naccess-key-id = \"file\"\nrole-arn = \"r\"";
        assert!(chosen(&[], two, empty.path(), false).contains("several sources"));
    }
}
