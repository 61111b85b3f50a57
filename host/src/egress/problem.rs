//! Why no connection came to stand: more than `wasi:http` can tell a component.

use std::fmt;
use std::net::IpAddr;

/// Why the last connection to a place that a tenant's requests go to could not be made. The component's own error says as
/// much as `wasi:http` has words for; this says which.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionProblem {
    /// The host's name, or its address.
    pub host: String,
    /// Whether it is the bucket's host. Otherwise it is that of a service that gives credentials.
    pub is_bucket: bool,
    /// What went wrong.
    pub cause: ConnectionCause,
}

/// What went wrong with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionCause {
    /// The name could not be resolved.
    Name {
        /// What the resolver said.
        reason: String,
    },
    /// The name has addresses, and no connection may be made to any of them.
    Address {
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// Nobody accepts connections there.
    Refused,
    /// The address can't be reached.
    Unreachable {
        /// What the system said.
        reason: String,
    },
    /// No connection stood in time.
    TimedOut,
    /// The server's certificate is not to be trusted.
    Certificate(CertificateProblem),
    /// The proxy before it can't be reached, or does not connect to it.
    Proxy {
        /// The proxy, without what it is to be shown.
        proxy: String,
        /// What it does, as in "the proxy ...".
        reason: String,
    },
    /// TLS failed in another way.
    Tls {
        /// How.
        reason: String,
    },
}

/// Why a certificate is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// It holds no more.
    Expired {
        /// How long ago it ceased to hold, in seconds, by this machine's clock; none where that is not known.
        seconds: Option<u64>,
    },
    /// It does not hold yet.
    NotYetValid {
        /// How long it is until it holds, in seconds, by this machine's clock; none where that is not known.
        seconds: Option<u64>,
    },
    /// It is for other names.
    WrongName {
        /// The names it is for, where these are known.
        names: Vec<String>,
    },
    /// No authority that is trusted vouches for it.
    UnknownAuthority,
    /// It was revoked.
    Revoked,
    /// Something else is wrong with it.
    Invalid {
        /// What.
        reason: String,
    },
}

impl CertificateProblem {
    pub(super) fn of(error: &rustls::CertificateError) -> Self {
        use rustls::CertificateError as E;
        match error {
            E::Expired => Self::Expired { seconds: None },
            E::ExpiredContext { time, not_after } => {
                Self::Expired { seconds: time.as_secs().checked_sub(not_after.as_secs()) }
            }
            E::NotValidYet => Self::NotYetValid { seconds: None },
            E::NotValidYetContext { time, not_before } => {
                Self::NotYetValid { seconds: not_before.as_secs().checked_sub(time.as_secs()) }
            }
            E::NotValidForName => Self::WrongName { names: Vec::new() },
            E::NotValidForNameContext { presented, .. } => {
                Self::WrongName { names: presented.iter().map(|name| dns_name(name)).collect() }
            }
            E::UnknownIssuer => Self::UnknownAuthority,
            E::Revoked => Self::Revoked,
            other => Self::Invalid { reason: other.to_string() },
        }
    }
}

/// rustls tells the names as `DnsName("example.com")`.
fn dns_name(told: &str) -> String {
    let name = told.strip_prefix("DnsName(\"").and_then(|rest| rest.strip_suffix("\")"));
    name.unwrap_or(told).to_owned()
}

impl fmt::Display for ConnectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        match &self.cause {
            ConnectionCause::Name { reason } => write!(f, "{host} can't be resolved: {reason}"),
            ConnectionCause::Address { addresses } => {
                let addresses: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
                write!(f, "{host} leads to {}, which may not be connected to", addresses.join(" and "))
            }
            ConnectionCause::Refused => write!(f, "{host} refuses connections"),
            ConnectionCause::Unreachable { reason } => write!(f, "{host} can't be reached: {reason}"),
            ConnectionCause::TimedOut => write!(f, "no connection to {host} stood in time"),
            ConnectionCause::Proxy { proxy, reason } => {
                write!(f, "the proxy {proxy}, through which {host} is reached, {reason}")
            }
            ConnectionCause::Certificate(problem) => write!(f, "the certificate of {host} {problem}"),
            ConnectionCause::Tls { reason } => write!(f, "TLS with {host} failed: {reason}"),
        }
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { seconds: None } => f.write_str("has expired"),
            Self::Expired { seconds: Some(seconds) } => write!(f, "expired {} ago", Span(*seconds)),
            Self::NotYetValid { seconds: None } => f.write_str("does not hold yet"),
            Self::NotYetValid { seconds: Some(seconds) } => write!(f, "holds in {} only", Span(*seconds)),
            Self::WrongName { names } if names.is_empty() => f.write_str("is for another name"),
            Self::WrongName { names } => write!(f, "is for {}", names.join(" and ")),
            Self::UnknownAuthority => f.write_str("comes from an authority that is not known"),
            Self::Revoked => f.write_str("was revoked"),
            Self::Invalid { reason } => write!(f, "is not valid: {reason}"),
        }
    }
}

/// A span of time as it matters for a certificate.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds @ ..120 => write!(f, "{seconds} s"),
            seconds @ 120..7200 => write!(f, "{} min", seconds / 60),
            seconds @ 7200..172_800 => write!(f, "{} h", seconds / 3600),
            seconds => write!(f, "{} days", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::CertificateError as E;
    use rustls::pki_types::{ServerName, UnixTime};
    use std::time::Duration;

    #[test]
    fn each_reason_has_words_of_its_own() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let told = |error| CertificateProblem::of(&error).to_string();
        assert_eq!(told(E::ExpiredContext { time: at(1_000_000), not_after: at(1) }), "expired 11 days ago");
        assert_eq!(told(E::NotValidYetContext { time: at(1), not_before: at(61) }), "holds in 60 s only");
        let expected = ServerName::try_from("a.test").unwrap();
        let presented = vec!["DnsName(\"b.test\")".to_owned(), "DnsName(\"c.test\")".to_owned()];
        assert_eq!(told(E::NotValidForNameContext { expected, presented }), "is for b.test and c.test");
        assert_eq!(told(E::UnknownIssuer), "comes from an authority that is not known");
        assert!(told(E::BadSignature).starts_with("is not valid: "));
    }
}
