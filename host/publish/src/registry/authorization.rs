//! How a client shows who it is: by user and password, or by a token that another server gives for them.

use super::error::PushError;
use super::exchange::{Connections, host_of};
use crate::Credential;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue, WWW_AUTHENTICATE};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What a registry asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Challenge {
    /// A user and a password.
    Basic,
    /// A token of the server at the realm.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

impl Challenge {
    /// The challenge of an answer that this client can meet. A token is preferred to sending the password again and again.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut basic = None;
        for value in headers.get_all(WWW_AUTHENTICATE) {
            // One that can't be read is for other clients.
            let parsed = value.to_str().ok().and_then(|text| http_auth::parse_challenges(text).ok());
            for challenge in parsed.unwrap_or_default() {
                let parameter = |name: &str| {
                    let found = challenge.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value.to_unescaped())
                };
                if challenge.scheme.eq_ignore_ascii_case("bearer")
                    && let Some(realm) = parameter("realm")
                {
                    return Some(Self::Bearer { realm, service: parameter("service"), scope: parameter("scope") });
                }
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Self::Basic);
                }
            }
        }
        basic
    }
}

/// The value of `Authorization` for a user and a password.
fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let encoded = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
    sensitive(&format!("Basic {encoded}"))
}

fn sensitive(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Meets a challenge of the registry at `base`: the value of `Authorization` for the next requests.
pub async fn meet(
    challenge: Challenge,
    base: &Uri,
    scope: &str,
    credential: Option<&Credential>,
    connections: &Connections,
) -> Result<HeaderValue, PushError> {
    let host = host_of(base);
    match (challenge, credential) {
        (Challenge::Basic, Some(Credential::Password { user, password })) => Ok(basic(user, password)?),
        (Challenge::Basic, _) => Err(PushError::NoCredential { host: host.to_owned() }),
        (Challenge::Bearer { realm, service, scope: asked }, credential) => {
            let realm: Uri = realm.parse().map_err(|_| PushError::protocol(host, "its realm is not a URL"))?;
            let is_secure = realm.scheme() == Some(&Scheme::HTTPS);
            // Whoever is in between could otherwise have the password sent in clear, where the registry speaks TLS.
            if !is_secure && (base.scheme() == Some(&Scheme::HTTPS) || realm.scheme() != Some(&Scheme::HTTP)) {
                return Err(PushError::protocol(host, "its realm does not speak TLS"));
            }
            let scope = asked.as_deref().and_then(to_push).unwrap_or_else(|| scope.to_owned());
            let answer = connections.send(question(&realm, service.as_deref(), &scope, credential)?).await?;
            let asked_host = host_of(&realm);
            if !answer.status.is_success() {
                let (status, message) = (answer.status, answer.message());
                return match credential {
                    None if status.is_client_error() => Err(PushError::NoCredential { host: asked_host.to_owned() }),
                    _ => Err(PushError::Denied { host: asked_host.to_owned(), status, message }),
                };
            }
            let token = token(&answer.body).ok_or_else(|| PushError::protocol(asked_host, "it gave no token"))?;
            Ok(sensitive(&format!("Bearer {}", token.expose_secret()))?)
        }
    }
}

/// A scope that a registry asked for, widened to what a push takes: the question for a blob asks for less than its upload, and
/// some registries refuse that without asking again.
fn to_push(asked: &str) -> Option<String> {
    let (name, _) = asked.strip_prefix("repository:")?.rsplit_once(':')?;
    Some(format!("repository:{name}:pull,push"))
}

/// The request for a token.
fn question(
    realm: &Uri,
    service: Option<&str>,
    scope: &str,
    credential: Option<&Credential>,
) -> Result<Request<Full<Bytes>>, PushError> {
    let mut fields = vec![("scope", scope), ("client_id", "ossicle")];
    fields.extend(service.map(|service| ("service", service)));
    let mut request = Request::new(Full::default());
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    match credential {
        Some(Credential::IdentityToken(token)) => {
            fields.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]);
            *request.method_mut() = Method::POST;
            *request.uri_mut() = realm.clone();
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form);
            *request.body_mut() = Full::from(form_of(&fields));
            return Ok(request);
        }
        Some(Credential::Password { user, password }) => {
            request.headers_mut().insert(AUTHORIZATION, basic(user, password)?);
        }
        None => {}
    }
    let separator = if realm.query().is_some() { '&' } else { '?' };
    let uri = format!("{realm}{separator}{}", form_of(&fields)).parse();
    *request.uri_mut() = uri.map_err(|_| PushError::protocol(host_of(realm), "its realm is too long"))?;
    Ok(request)
}

fn form_of(fields: &[(&str, &str)]) -> String {
    let encoded = fields.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    encoded.collect::<Vec<_>>().join("&")
}

/// The token in an answer. It has one of two names.
fn token(body: &[u8]) -> Option<SecretString> {
    #[derive(Deserialize)]
    struct Tokens {
        token: Option<SecretString>,
        access_token: Option<SecretString>,
    }
    let Tokens { token, access_token } = serde_json::from_slice(body).ok()?;
    token.or(access_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(values: &[&'static str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(value));
        }
        Challenge::of(&headers)
    }

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let bearer = r#"Bearer realm="https://auth.example/token",service="r.example",scope="repository:a:pull,push""#;
        let expected = Some(Challenge::Bearer {
            realm: "https://auth.example/token".to_owned(),
            service: Some("r.example".to_owned()),
            scope: Some("repository:a:pull,push".to_owned()),
        });
        assert_eq!(challenge(&[bearer]), expected);
        assert_eq!(challenge(&[r#"Basic realm="x""#, bearer]), expected);
        assert_eq!(challenge(&[r#"Basic realm="x""#]), Some(Challenge::Basic));
        assert_eq!(challenge(&["Digest realm=x"]), None);
        assert_eq!(challenge(&["Negotiate YII=,=", r#"Basic realm="x""#]), Some(Challenge::Basic));
        assert_eq!(challenge(&["Bearer service=x"]), None);
        assert_eq!(challenge(&[]), None);
    }

    #[test]
    fn a_scope_is_widened_to_a_push() {
        assert_eq!(to_push("repository:a/b:pull").as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(
            to_push("repository:r.example:5000/a:pull").as_deref(),
            Some("repository:r.example:5000/a:pull,push")
        );
        assert_eq!(to_push("registry:catalog:*"), None);
    }

    #[test]
    fn a_question_keeps_the_query_of_the_realm_and_hides_the_password() {
        let realm: Uri = "https://auth.example/token?a=b".parse().unwrap();
        let credential = Credential::Password { user: "ada".to_owned(), password: "a secret".to_owned().into() };
        let request = question(&realm, Some("r"), "repository:a/b:pull,push", Some(&credential)).unwrap();
        assert_eq!(
            request.uri(),
            "https://auth.example/token?a=b&scope=repository%3Aa%2Fb%3Apull%2Cpush&client_id=ossicle&service=r"
        );
        assert_eq!(request.headers()[AUTHORIZATION], format!("Basic {}", STANDARD.encode("ada:a secret")).as_str());
        let told = format!("{request:?} {credential:?}");
        assert!(!told.contains("secret") && !told.contains(&STANDARD.encode("ada:a secret")), "{told}");
    }
}
