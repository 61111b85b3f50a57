//! Proxies between this machine and the hosts that requests go to.

use super::error::WireError;
use super::tls::TrustRoots;
use super::tunnel::{self, Tunnel};
use crate::config::{AddressRule, Origin, is_this_machine};
use crate::error::ConfigProblem;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use std::fmt;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Proxies that requests go through. By default there are none, whatever the environment says.
///
/// Through a proxy a request to an `https://` endpoint goes in a tunnel (`CONNECT`): TLS is between the component's host and
/// the endpoint, and the proxy learns the endpoint's name alone. A request to an `http://` endpoint is sent to the proxy as it
/// is. Which endpoint a tenant's requests may go to stays as its config has it; but the proxy looks the name up, so the
/// endpoint's addresses can't be checked. Never through a proxy go requests to this machine, to a name that
/// [`EngineOptions::resolve`](crate::EngineOptions::resolve) binds, and to the metadata service.
#[derive(Clone, Default)]
pub struct Proxies(Option<Arc<Matcher>>);

/// The proxy for a host.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) secure: bool,
    host: String,
    port: u16,
    authorization: Option<HeaderValue>,
}

/// The variables of a proxy, as curl and most other programs name them, upper case first.
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const EXCEPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

impl Proxies {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// As the environment says: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` for either, and `NO_PROXY`, or the same in lower case.
    /// `NO_PROXY` lists names, which stand for all below them too, addresses and networks (`10.0.0.0/8`), with commas between
    /// them, or is `*`.
    ///
    /// A program that a web server runs by the CGI ignores `HTTP_PROXY`, which a client's header `Proxy` sets there.
    ///
    /// Fails where one can't be a proxy, and names the variable.
    pub fn from_environment() -> Result<Self, ConfigProblem> {
        Self::by(&|name| std::env::var(name).ok())
    }

    fn by(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigProblem> {
        let first = |names: [&'static str; 2]| {
            let set = names.into_iter().find_map(|name| Some((name, variable(name)?)));
            set.map(|(name, text)| (name, text.trim().to_owned())).filter(|(_, text)| !text.is_empty())
        };
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let (https, http, all) = (first(HTTPS), first(HTTP).filter(|_| !is_cgi), first(ALL));
        for (name, text) in [&https, &http, &all].into_iter().flatten() {
            check(name, text)?;
        }
        if https.is_none() && http.is_none() && all.is_none() {
            return Ok(Self(None));
        }
        let text = |given: Option<(&str, String)>| given.map(|(_, text)| text).unwrap_or_default();
        let matcher = Matcher::builder().https(text(https)).http(text(http)).all(text(all)).no(text(first(EXCEPT)));
        Ok(Self(Some(Arc::new(matcher.build()))))
    }

    /// One proxy for every endpoint, but for those of a list as in `NO_PROXY`: `http://proxy.example:3128`, with
    /// `user:password@` before the host where it asks for that.
    ///
    /// Fails where it can't be one.
    pub fn all(proxy: &str, except: &str) -> Result<Self, ConfigProblem> {
        check("proxy", proxy)?;
        Ok(Self(Some(Arc::new(Matcher::builder().all(proxy.to_owned()).no(except.to_owned()).build()))))
    }

    /// The proxy between here and there, if there is one.
    pub(crate) fn before(&self, origin: &Origin, reach: AddressRule) -> Option<Proxy> {
        if reach.loopback || reach.metadata {
            return None;
        }
        self.before_uri(&origin.to_string().parse().ok()?)
    }

    fn before_uri(&self, uri: &Uri) -> Option<Proxy> {
        let matcher = self.0.as_ref()?;
        if uri.host().is_some_and(is_this_machine) {
            return None;
        }
        Proxy::of(&matcher.intercept(uri)?)
    }

    /// A tunnel to an `https://` server, for the `ossicle` command, which fetches credentials itself where the component
    /// can't; none where no proxy stands before it. A failure is told as in "the server ...".
    #[doc(hidden)]
    pub async fn tunnel(&self, uri: &Uri, trust: &TrustRoots) -> Option<Result<Tunnel, String>> {
        let proxy = self.before_uri(uri)?;
        let made = async {
            let tls = if proxy.secure { Some(trust.client_config().map_err(|error| error.to_string())?) } else { None };
            let stream = TcpStream::connect((proxy.host(), proxy.port)).await;
            let stream = stream.map_err(|error| format!("{proxy} can't be reached: {error}"))?;
            let stream = proxy.greet(stream, tls).await.map_err(|fault| fault.to_string())?;
            let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            proxy.tunnel(stream, host, uri.port_u16().unwrap_or(443)).await.map_err(|fault| fault.to_string())
        };
        Some(made.await.map_err(|reason| format!("can't be reached through a proxy: {reason}")))
    }
}

impl Proxy {
    fn of(found: &Intercept) -> Option<Self> {
        let (uri, authorization) = (found.uri(), found.basic_auth().cloned());
        let secure = uri.scheme_str() == Some("https");
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Some(Self { secure, host, port, authorization })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it is to be shown, where it asks for that.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Begins to speak to it over a connection that stands.
    pub(super) async fn greet(&self, stream: TcpStream, tls: Option<Arc<ClientConfig>>) -> Result<Tunnel, WireError> {
        tunnel::greet(&self.host, stream, tls).await.map_err(|fault| self.fault(fault))
    }

    /// Has it make a tunnel.
    pub(super) async fn tunnel(&self, stream: Tunnel, host: &str, port: u16) -> Result<Tunnel, WireError> {
        let made = tunnel::connect(stream, host, port, self.authorization.as_ref()).await;
        made.map_err(|reason| WireError::Proxy { proxy: self.to_string(), reason })
    }

    /// A fault on the way to it, which is none of the endpoint's.
    pub(super) fn fault(&self, fault: WireError) -> WireError {
        let reason = match fault {
            WireError::Dns(reason) => format!("can't be resolved: {reason}"),
            WireError::Refused => "refuses connections".to_owned(),
            WireError::Unreachable(reason) => format!("can't be reached: {reason}"),
            WireError::Certificate(problem) => format!("has a certificate that {problem}"),
            WireError::Tls(reason) => format!("fails at TLS: {reason}"),
            other => format!("fails: {other}"),
        };
        WireError::Proxy { proxy: self.to_string(), reason }
    }
}

/// Whether this can be a proxy. What is wrong is told without the text, which may hold a password.
fn check(name: &str, text: &str) -> Result<(), ConfigProblem> {
    let refused = |reason: &str| Err(ConfigProblem::new(name, reason));
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return refused("a proxy begins with http:// or https://; others, such as SOCKS, can't be used");
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    match Matcher::builder().all(text.to_owned()).build().intercept(&Uri::from_static("https://a.test")) {
        Some(found) if Proxy::of(&found).is_some() && !host.is_empty() && !host.contains(['/', '?', '#']) => Ok(()),
        _ => refused("is no proxy: http://HOST:PORT, with USER:PASSWORD@ before the host or not"),
    }
}

impl fmt::Display for Proxy {
    /// Without what it is to be shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it holds may be a password.
        f.debug_tuple("Proxies").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(variables: &[(&str, &str)]) -> Result<Proxies, ConfigProblem> {
        let variables: Vec<_> = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Proxies::by(&move |asked| variables.iter().find(|(name, _)| name == asked).map(|(_, text)| text.clone()))
    }

    fn before(variables: &[(&str, &str)], uri: &str) -> Option<String> {
        by(variables).unwrap().before_uri(&uri.parse().unwrap()).map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let https = ("HTTPS_PROXY", "http://user:hush@p.test:3128");
        assert_eq!(before(&[https], "https://b.oss.test").as_deref(), Some("http://p.test:3128"));
        assert_eq!(before(&[https], "http://b.oss.test"), None);
        assert_eq!(before(&[("https_proxy", "p.test:8080")], "https://b.test").as_deref(), Some("http://p.test:8080"));
        assert_eq!(before(&[("HTTP_PROXY", "http://p.test")], "http://b.test").as_deref(), Some("http://p.test:80"));
        assert_eq!(before(&[("HTTP_PROXY", "http://p.test"), ("REQUEST_METHOD", "GET")], "http://b.test"), None);
        assert_eq!(before(&[("ALL_PROXY", "https://p.test")], "http://b.test").as_deref(), Some("https://p.test:443"));
        assert_eq!(before(&[("HTTPS_PROXY", "")], "https://b.test"), None);
        for except in ["oss.test", ".oss.test", "x.test, b.oss.test", "*"] {
            assert_eq!(before(&[https, ("NO_PROXY", except)], "https://b.oss.test"), None, "{except}");
        }
        assert_eq!(before(&[https, ("no_proxy", "10.0.0.0/8")], "https://10.1.2.3"), None);
        assert!(before(&[https, ("NO_PROXY", "other.test")], "https://b.oss.test").is_some());
        // Nothing leads out of this machine to come back.
        for here in ["https://localhost:9", "https://b.localhost", "https://127.0.0.1", "https://[::1]:9"] {
            assert_eq!(before(&[https], here), None, "{here}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_password() {
        for text in
            ["socks5://user:hush@p.test:1080", "http://user:hush@", "http://user:hush@p.test/path", "http://p test"]
        {
            let problem = by(&[("HTTPS_PROXY", text)]).unwrap_err();
            assert_eq!(problem.field, "HTTPS_PROXY");
            assert!(!problem.to_string().contains("hush"), "{problem}");
            assert!(Proxies::all(text, "").is_err());
        }
        let made = Proxies::all("http://user:hush@p.test:3128", "").unwrap();
        assert!(!format!("{made:?}").contains("hush"));
    }
}
