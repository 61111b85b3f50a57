//! The places that a tenant's requests may go to: its bucket, and what gives it credentials where its config names such a
//! source.

use super::bucket::BucketRule;
use super::refusal::Refusal;
use crate::config::{AddressRule, Addressing, Config, CredentialSource, Origin, split_port, split_scheme};
use crate::error::ConfigProblem;
use http::{Method, Request};

/// A place that requests may go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) origin: Origin,
    /// Which addresses its host may have.
    pub(crate) reach: AddressRule,
    pub(crate) purpose: Purpose,
}

/// What requests to a place are for, which says what they may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The objects of a bucket.
    Bucket(BucketRule),
    /// Credentials, by these paths, or by what is below one that ends in a slash.
    Credentials(&'static [&'static str]),
}

impl Destination {
    /// The bucket of a config.
    pub(crate) fn bucket(config: &Config) -> Result<Self, ConfigProblem> {
        let (origin, addressing) = config.place()?;
        let rule = BucketRule { name: config.bucket.clone(), is_in_path: addressing == Addressing::Path };
        Ok(Self { reach: origin.reach(&config.endpoint), origin, purpose: Purpose::Bucket(rule) })
    }

    /// Whether it is a service that gives credentials, and not the bucket.
    pub(crate) fn gives_credentials(&self) -> bool {
        matches!(self.purpose, Purpose::Credentials(_))
    }

    /// Refuses a request that may not go there.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let uri = request.uri();
        if !uri.authority().is_some_and(|authority| self.origin.is(uri.scheme(), authority)) {
            return Err(Refusal::Elsewhere);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD | Method::PUT | Method::POST | Method::DELETE) {
            return Err(Refusal::Method);
        }
        match &self.purpose {
            Purpose::Bucket(rule) => rule.check(request),
            Purpose::Credentials(paths) if paths.iter().any(|path| is_within(uri.path(), path)) => Ok(()),
            Purpose::Credentials(_) => Err(Refusal::Path),
        }
    }
}

/// Whether a path is the one given or, where that ends in a slash, one component below it.
fn is_within(path: &str, given: &str) -> bool {
    path == given
        || given.len() > 1
            && given.ends_with('/')
            && path
                .strip_prefix(given)
                .is_some_and(|rest| !rest.contains(['/', '%', '\\']) && rest != ".." && rest != ".")
}

const METADATA: &str = "http://100.100.100.200";
const STS: &str = "https://sts.aliyuncs.com";

impl CredentialSource {
    /// The ways to what gives the credentials, and the paths that are asked for there; none where nothing is asked.
    pub(crate) fn destinations(&self) -> Result<Vec<Destination>, ConfigProblem> {
        let mut destinations = Vec::new();
        let mut source = self;
        while let Self::RamRole(role) = source {
            destinations.push(sts(&role.endpoint)?);
            source = &role.base;
        }
        match source {
            Self::Fixed(_) | Self::Host | Self::RamRole(_) => {}
            Self::EcsRole(role) => destinations.push(destination(&role.endpoint, METADATA, METADATA_PATHS)?),
            Self::OidcRole(role) => destinations.push(sts(&role.endpoint)?),
        }
        Ok(destinations)
    }
}

fn sts(endpoint: &Option<String>) -> Result<Destination, ConfigProblem> {
    destination(endpoint, STS, STS_PATHS)
}

fn destination(
    endpoint: &Option<String>,
    default: &str,
    paths: &'static [&'static str],
) -> Result<Destination, ConfigProblem> {
    let (secure, is_metadata) = (default == STS, default == METADATA);
    let text = endpoint.as_deref().unwrap_or(default);
    let (host, scheme) = split_scheme(text.strip_suffix('/').unwrap_or(text));
    let secure = scheme.unwrap_or(secure);
    let (host, port) = split_port(&host, if secure { 443 } else { 80 })
        .map_err(|problem| ConfigProblem::new("credentials.endpoint", problem.reason))?;
    let origin = Origin { secure, host, port };
    let is_given = endpoint.is_some();
    let reach = AddressRule {
        loopback: is_given && origin.is_loopback(),
        private: is_given,
        // A name that leads there is somebody's trick; the address itself is what the config chose.
        metadata: is_metadata && origin.host == "100.100.100.200",
    };
    Ok(Destination { origin, reach, purpose: Purpose::Credentials(paths) })
}

/// The token of the hardened form, and the roles: the rest of the metadata stays closed.
const METADATA_PATHS: &[&str] = &["/latest/api/token", "/latest/meta-data/ram/security-credentials/"];
const STS_PATHS: &[&str] = &["/"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Credentials, EcsRole, OidcRole, RamRole};

    fn all(source: impl Into<CredentialSource>) -> Vec<(String, AddressRule)> {
        let destinations = source.into().destinations().expect("destinations").into_iter();
        destinations.map(|destination| (destination.origin.to_string(), destination.reach)).collect()
    }

    fn destination(source: impl Into<CredentialSource>) -> Option<(String, AddressRule)> {
        all(source).pop()
    }

    #[test]
    fn only_what_the_config_chose_is_open() {
        assert_eq!(destination(Credentials::new("id", "secret")), None);
        assert_eq!(destination(CredentialSource::Host), None);
        let closed = AddressRule { loopback: false, private: false, metadata: false };
        let metadata = AddressRule { metadata: true, ..closed };
        assert_eq!(destination(EcsRole::new()), Some(("http://100.100.100.200".into(), metadata)));
        let mut role = OidcRole::new("r", "p", "t");
        assert_eq!(destination(role.clone()), Some(("https://sts.aliyuncs.com".into(), closed)));
        role.endpoint = Some("sts-vpc.cn-hangzhou.aliyuncs.com".into());
        let private = AddressRule { private: true, ..closed };
        assert_eq!(destination(role.clone()), Some(("https://sts-vpc.cn-hangzhou.aliyuncs.com".into(), private)));
        // STS is never where the metadata is.
        role.endpoint = Some("http://100.100.100.200".into());
        assert_eq!(destination(role), Some(("http://100.100.100.200".into(), private)));
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
        let problem = CredentialSource::from(role).destinations().expect_err("a problem");
        assert_eq!(problem.field, "credentials.endpoint");
    }

    #[test]
    fn path_prefix_allows_one_plain_component() {
        assert!(is_within("/", "/") && is_within("/a/role", "/a/") && is_within("/a/", "/a/"));
        for path in ["/x", "/a", "/a/..", "/a/b/c", "/a/%2e%2e", "/b/role", "/ab"] {
            assert!(!is_within(path, "/a/") && !is_within(path, "/"), "{path}");
        }
    }
}
