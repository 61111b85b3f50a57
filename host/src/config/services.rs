//! The one place beside the bucket that a tenant's requests may go to: what gives it credentials, where its config names
//! such a source.

use super::CredentialSource;
use super::origin::{Origin, split_port, split_scheme};
use crate::egress::{Door, Reach};
use crate::error::ConfigProblem;

const METADATA: &str = "http://100.100.100.200";
const STS: &str = "https://sts.aliyuncs.com";

impl CredentialSource {
    /// The way to what gives the credentials, and the paths that are asked for there; none where nothing is asked.
    pub(crate) fn door(&self) -> Result<Option<Door>, ConfigProblem> {
        let (endpoint, default, secure, paths) = match self {
            Self::Fixed(_) | Self::Host => return Ok(None),
            Self::EcsRole(role) => (&role.endpoint, METADATA, false, METADATA_PATHS),
            Self::OidcRole(role) => (&role.endpoint, STS, true, STS_PATHS),
        };
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
            metadata: matches!(self, Self::EcsRole(_)) && origin.host == "100.100.100.200",
        };
        Ok(Some(Door { origin, reach, paths: Some(paths) }))
    }
}

/// The token of the hardened form, and the roles: the rest of the metadata stays closed.
const METADATA_PATHS: &[&str] = &["/latest/api/token", "/latest/meta-data/ram/security-credentials/"];
const STS_PATHS: &[&str] = &["/"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Credentials, EcsRole, OidcRole};

    fn told(source: impl Into<CredentialSource>) -> Option<(String, Reach)> {
        source.into().door().expect("a door").map(|door| (door.origin.to_string(), door.reach))
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
    }

    #[test]
    fn an_endpoint_names_one_host() {
        let mut role = EcsRole::new();
        role.endpoint = Some("http://a/b".into());
        let problem = CredentialSource::from(role).door().expect_err("a problem");
        assert_eq!(problem.field, "credentials.endpoint");
    }
}
