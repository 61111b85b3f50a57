//! The places beside the bucket that a tenant's requests may go to: what gives it credentials, where its config names such
//! a source.

use super::CredentialSource;
use super::origin::{Origin, split_port, split_scheme};
use crate::egress::{Door, Reach};
use crate::error::ConfigProblem;

const METADATA: &str = "http://100.100.100.200";
const STS: &str = "https://sts.aliyuncs.com";

impl CredentialSource {
    /// The ways to what gives the credentials, and the paths that are asked for there; none where nothing is asked.
    pub(crate) fn doors(&self) -> Result<Vec<Door>, ConfigProblem> {
        let mut doors = Vec::new();
        let mut source = self;
        while let Self::RamRole(role) = source {
            doors.push(sts(&role.endpoint)?);
            source = &role.base;
        }
        match source {
            Self::Fixed(_) | Self::Host | Self::RamRole(_) => {}
            Self::EcsRole(role) => doors.push(door(&role.endpoint, METADATA, METADATA_PATHS)?),
            Self::OidcRole(role) => doors.push(sts(&role.endpoint)?),
        }
        Ok(doors)
    }
}

fn sts(endpoint: &Option<String>) -> Result<Door, ConfigProblem> {
    door(endpoint, STS, STS_PATHS)
}

fn door(endpoint: &Option<String>, default: &str, paths: &'static [&'static str]) -> Result<Door, ConfigProblem> {
    let (secure, is_metadata) = (default == STS, default == METADATA);
    let text = endpoint.as_deref().unwrap_or(default);
    let (host, scheme) = split_scheme(text.strip_suffix('/').unwrap_or(text));
    let secure = scheme.unwrap_or(secure);
    let (host, port) = split_port(&host, if secure { 443 } else { 80 })
        .map_err(|problem| ConfigProblem::new("credentials.endpoint", problem.reason))?;
    let origin = Origin { secure, host, port };
    let is_given = endpoint.is_some();
    let reach = Reach {
        loopback: is_given && origin.is_loopback(),
        private: is_given,
        // A name that leads there is somebody's trick; the address itself is what the config chose.
        metadata: is_metadata && origin.host == "100.100.100.200",
    };
    Ok(Door { origin, reach, paths: Some(paths) })
}

/// The token of the hardened form, and the roles: the rest of the metadata stays closed.
const METADATA_PATHS: &[&str] = &["/latest/api/token", "/latest/meta-data/ram/security-credentials/"];
const STS_PATHS: &[&str] = &["/"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Credentials, EcsRole, OidcRole, RamRole};

    fn all(source: impl Into<CredentialSource>) -> Vec<(String, Reach)> {
        let doors = source.into().doors().expect("doors").into_iter();
        doors.map(|door| (door.origin.to_string(), door.reach)).collect()
    }

    fn told(source: impl Into<CredentialSource>) -> Option<(String, Reach)> {
        all(source).pop()
    }

    #[test]
    fn only_what_the_config_chose_is_open() {
        assert_eq!(told(Credentials::new("id", "secret")), None);
        assert_eq!(told(CredentialSource::Host), None);
        let closed = Reach { loopback: false, private: false, metadata: false };
        let metadata = Reach { metadata: true, ..closed };
        assert_eq!(told(EcsRole::new()), Some(("http://100.100.100.200".into(), metadata)));
        let mut role = OidcRole::new("r", "p", "t");
        assert_eq!(told(role.clone()), Some(("https://sts.aliyuncs.com".into(), closed)));
        role.endpoint = Some("sts-vpc.cn-hangzhou.aliyuncs.com".into());
        let private = Reach { private: true, ..closed };
        assert_eq!(told(role.clone()), Some(("https://sts-vpc.cn-hangzhou.aliyuncs.com".into(), private)));
        // STS is never where the metadata is.
        role.endpoint = Some("http://100.100.100.200".into());
        assert_eq!(told(role), Some(("http://100.100.100.200".into(), private)));
        // Roles that stand on one another: the STS of each, and what gives the first credentials.
        let mut outer = RamRole::new(RamRole::new(EcsRole::new(), "inner"), "outer");
        outer.endpoint = Some("sts.cn-beijing.aliyuncs.com".into());
        let expected = [
            ("https://sts.cn-beijing.aliyuncs.com".to_owned(), private),
            ("https://sts.aliyuncs.com".to_owned(), closed),
            ("http://100.100.100.200".to_owned(), metadata),
        ];
        assert_eq!(all(outer), expected);
    }

    #[test]
    fn an_endpoint_names_one_host() {
        let mut role = EcsRole::new();
        role.endpoint = Some("http://a/b".into());
        let problem = CredentialSource::from(role).doors().expect_err("a problem");
        assert_eq!(problem.field, "credentials.endpoint");
    }
}
