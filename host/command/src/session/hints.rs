//! What may help with a call that failed: which setting did not work, where it came from, and what to write instead.

use crate::settings::{Field, Origin, Settings};
use crate::terminal::foreign::quoted;
use crate::terminal::text;
use ossicle::{
    Addressing, Answer, CertificateProblem, Config, ConnectionCause, ConnectionProblem, CredentialSource, Endpoint,
    Error, ErrorKind,
};
use ossicle_guest::endpoint::region_of;
use std::net::IpAddr;
use std::time::SystemTime;

/// What a call was made with.
pub struct Around<'a> {
    /// None where a registry's parameters were given instead.
    pub settings: Option<&'a Settings>,
    /// The config that they make.
    pub config: &'a Config,
    /// The connections that could not be made.
    pub problems: Vec<ConnectionProblem>,
}

impl Around<'_> {
    /// Why no connection stood, where that is what the call failed by.
    pub fn cause(&self, error: &Error) -> Option<String> {
        self.problem(error).map(ToString::to_string)
    }

    fn problem(&self, error: &Error) -> Option<&ConnectionProblem> {
        let failure = error.failure().filter(|failure| failure.answer.is_none())?;
        if !matches!(error.kind(), Some(ErrorKind::Unavailable | ErrorKind::TimedOut)) {
            return None;
        }
        self.problems.iter().find(|problem| problem.is_bucket != failure.no_credentials)
    }

    /// What may help.
    pub fn hints(&self, error: &Error) -> Vec<String> {
        let problem = self.problem(error);
        let mut hints: Vec<String> = problem.and_then(|problem| self.connection(problem)).into_iter().collect();
        let failure = error.failure();
        if failure.is_some_and(|failure| failure.no_credentials) {
            hints.push(self.credentials());
            return hints;
        }
        let answer = failure.and_then(|failure| failure.answer.as_ref());
        if let Some(endpoint) = answer.and_then(|answer| answer.endpoint.as_deref()) {
            return self.elsewhere(endpoint);
        }
        if answer.is_some_and(is_wrong_region) {
            return vec![self.wrong_region()];
        }
        match error.kind() {
            Some(ErrorKind::AccessDenied) => {
                hints
                    .extend(self.origin(Field::AccessKeyId).map(|origin| format!("the access key came from {origin}")));
            }
            Some(ErrorKind::NoSuchBucket) => {
                let origin = self.origin(Field::Bucket).map(|origin| format!(" came from {origin}"));
                let bucket = quoted(&self.config.bucket);
                hints.push(format!("the bucket's name {bucket}{}", origin.unwrap_or_default()));
            }
            Some(ErrorKind::Unavailable | ErrorKind::TimedOut) => {
                let from = self.origin(Field::Endpoint).or_else(|| self.origin(Field::Region));
                let by = from.map(|from| format!(", by {from}")).unwrap_or_default();
                hints.push(format!("requests go to the {}{by}", self.config));
            }
            _ => {}
        }
        hints
    }

    fn origin(&self, field: Field) -> Option<&Origin> {
        self.settings.and_then(|settings| settings.origin(field))
    }

    /// `, by the flag --region`.
    fn by(&self, field: Field) -> String {
        match (self.origin(field), self.settings) {
            (Some(origin), _) => format!(", by {origin}"),
            (None, Some(_)) => String::new(),
            (None, None) => ", by the registry's parameters".to_owned(),
        }
    }

    /// What to write in place of a field's value, where that stood.
    fn instead(&self, field: Field, value: &str) -> String {
        let name = field.name();
        match (self.origin(field), self.settings) {
            (Some(Origin::Environment(variable)), _) => format!("{variable}={value}"),
            (Some(Origin::File { .. }), _) => format!("{name} = {value:?}"),
            (Some(Origin::Flag(_)), _) | (None, Some(_)) => format!("--{name} {value}"),
            (None, None) => format!("--parameter {name}={value}"),
        }
    }

    /// OSS named the host that serves the bucket.
    fn elsewhere(&self, endpoint: &str) -> Vec<String> {
        let region = &self.config.region;
        let mut hints = Vec::new();
        let right = region_of(endpoint).filter(|right| right != region);
        if let Some(right) = right {
            hints.push(format!(
                "requests were signed for the region {region}{}; the bucket is in {right}: {}",
                self.by(Field::Region),
                self.instead(Field::Region, right)
            ));
        }
        if right.is_none() || matches!(self.config.endpoint, Endpoint::Custom(_)) {
            hints.push(format!(
                "requests went to the {}{}; the bucket is served by {endpoint}: {}",
                self.config,
                self.by(Field::Endpoint),
                self.instead(Field::Endpoint, endpoint)
            ));
        }
        hints
    }

    /// OSS did not like the region that the request was signed for.
    fn wrong_region(&self) -> String {
        let region = &self.config.region;
        let signed = format!("requests were signed for the region {region}{}", self.by(Field::Region));
        let right = match &self.config.endpoint {
            Endpoint::Custom(host) => region_of(host_of(host)).filter(|right| right != region),
            _ => None,
        };
        match right {
            Some(right) => {
                format!("{signed}; the endpoint is of {right}: {}", self.instead(Field::Region, right))
            }
            None => format!(
                "{signed}; give the bucket's own, which its page in OSS's console names: {}",
                self.instead(Field::Region, "REGION")
            ),
        }
    }

    /// Whose business it is to give credentials.
    fn credentials(&self) -> String {
        let source = match &self.config.credentials {
            CredentialSource::EcsRole(_) => "the RAM role of this machine, by its metadata service",
            CredentialSource::Fixed(_) => "the settings",
            CredentialSource::Host => "the server of the credentials URI",
            // What is taken on is taken on at STS.
            _ => "a RAM role, by STS",
        };
        format!("the credentials come from {source}; `ossicle help` tells where else they can come from")
    }

    /// What may help where no connection stands.
    fn connection(&self, problem: &ConnectionProblem) -> Option<String> {
        match &problem.cause {
            ConnectionCause::Name { .. } if problem.is_bucket => self.name(problem),
            ConnectionCause::Certificate(CertificateProblem::WrongName { .. }) if problem.is_bucket => {
                self.custom_domain()
            }
            ConnectionCause::Certificate(
                CertificateProblem::Expired { .. } | CertificateProblem::NotYetValid { .. },
            ) => {
                let now = text::moment(SystemTime::now());
                Some(format!(
                    "this machine's clock is at {now}; where that is right, the server needs another certificate"
                ))
            }
            ConnectionCause::Certificate(CertificateProblem::UnknownAuthority) => {
                Some("where a server or a proxy has an authority of its own, SSL_CERT_FILE=FILE names it".to_owned())
            }
            ConnectionCause::Proxy { .. } => Some(format!(
                "the proxy is that of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY; NO_PROXY={} goes past it",
                problem.host
            )),
            ConnectionCause::Address { addresses } => self.address(&problem.host, addresses),
            _ => None,
        }
    }

    fn name(&self, problem: &ConnectionProblem) -> Option<String> {
        match &self.config.endpoint {
            Endpoint::Custom(host) if !host_of(host).contains('.') => Some(format!(
                "an endpoint is public, internal, dual-stack, accelerate, accelerate-overseas, or a whole host: {}",
                self.instead(Field::Endpoint, &format!("oss-{}.aliyuncs.com", self.config.region))
            )),
            Endpoint::Custom(_) => self.custom_domain(),
            _ => Some(format!(
                "the region {}{} makes the host {}: is it spelled as OSS spells it, cn-hangzhou say?",
                self.config.region,
                self.by(Field::Region),
                problem.host
            )),
        }
    }

    /// The bucket's name stands before a host that may be bound to the bucket.
    fn custom_domain(&self) -> Option<String> {
        let Endpoint::Custom(host) = &self.config.endpoint else { return None };
        let host = host_of(host);
        if !matches!(self.config.addressing, Addressing::Automatic | Addressing::VirtualHosted)
            || region_of(host).is_some()
        {
            return None;
        }
        Some(format!(
            "the bucket's name was put before {host}; where that is a domain bound to the bucket: {}",
            self.instead(Field::Addressing, "custom-domain")
        ))
    }

    fn address(&self, host: &str, addresses: &[IpAddr]) -> Option<String> {
        let address = addresses.first()?;
        if address.to_canonical().is_loopback() {
            let named = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
            return Some(format!(
                "{address} is this machine, where a name may not lead; where that is meant, give the address itself: {}",
                self.instead(Field::Endpoint, &format!("http://{named}:PORT"))
            ));
        }
        if !is_private(*address) || matches!(self.config.endpoint, Endpoint::Custom(_)) {
            return None;
        }
        let host =
            host.strip_prefix(self.config.bucket.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(host);
        Some(format!(
            "{address} is in a private network, where OSS's public names do not lead. Where it is meant, as by a private \
             connection to OSS, name the host: {}. Within OSS's own network: {}",
            self.instead(Field::Endpoint, &format!("https://{host}")),
            self.instead(Field::Endpoint, "internal")
        ))
    }
}

/// EC 0002-00000226 of a header, 0002-00000228 of a URL.
fn is_wrong_region(answer: &Answer) -> bool {
    matches!(answer.ec.as_deref(), Some("0002-00000226" | "0002-00000228"))
}

/// The host of an endpoint that is given in full, without scheme and port.
fn host_of(endpoint: &str) -> &str {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
    host.split(':').next().unwrap_or(host)
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossicle::Credentials;

    fn around(config: &Config) -> Around<'_> {
        Around { settings: None, config, problems: Vec::new() }
    }

    /// 4.8: the address is told, and each way out that there is.
    #[test]
    fn a_public_name_that_leads_to_a_private_address_has_a_way_out() {
        let config = Config::new("bkt", "cn-hangzhou", Credentials::new("id", "secret"));
        let private = ["10.1.2.3".parse().unwrap()];
        let hint = around(&config).address("bkt.oss-cn-hangzhou.aliyuncs.com", &private).unwrap();
        assert!(hint.starts_with("10.1.2.3 is in a private network"), "{hint}");
        for way in ["endpoint=https://oss-cn-hangzhou.aliyuncs.com.", "endpoint=internal"] {
            assert!(hint.contains(way), "{hint}");
        }
        let loopback = ["::1".parse().unwrap()];
        let hint = around(&config).address("bkt.oss.example.com", &loopback).unwrap();
        assert!(hint.contains("endpoint=http://[::1]:PORT"), "{hint}");
        // Nothing leads out of these.
        let metadata = ["100.100.100.200".parse().unwrap()];
        assert_eq!(around(&config).address("bkt.oss.example.com", &metadata), None);
    }

    #[test]
    fn hosts_of_endpoints() {
        for endpoint in ["oss.example.com", "https://oss.example.com", "http://oss.example.com:9000"] {
            assert_eq!(host_of(endpoint), "oss.example.com");
        }
    }
}
