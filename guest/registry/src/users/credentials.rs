//! Reads the credentials in `Authorization: Basic`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use zeroize::Zeroizing;

/// The credentials of a request.
#[derive(PartialEq, Eq)]
pub enum Credentials {
    /// No credentials. An empty user with an empty password counts as none: containers/image has no other way to send a
    /// request without credentials after a challenge.
    None,
    /// A user and a password.
    Password(String, Zeroizing<String>),
    /// A header that does not contain a user and a password.
    Unusable,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Password(user, _) => f.debug_tuple("Password").field(user).field(&"…").finish(),
            Self::Unusable => f.write_str("Unusable"),
        }
    }
}

/// The error for several `Authorization` headers, or one of another scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credentials are not of this scheme alone")]
pub struct AuthorizationError;

/// Returns the value of `Authorization` after the scheme, whose case does not matter; `None` if there is no such
/// header.
///
/// # Errors
/// If there are several headers, or the scheme is another one.
pub fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<Option<&'a str>, AuthorizationError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthorizationError);
    }
    let (stated, rest) = value.to_str().map_err(|_| AuthorizationError)?.split_once(' ').ok_or(AuthorizationError)?;
    if stated.eq_ignore_ascii_case(scheme) { Ok(Some(rest.trim_matches(' '))) } else { Err(AuthorizationError) }
}

impl Credentials {
    /// Reads the credentials from a request's headers.
    pub fn of(headers: &HeaderMap) -> Self {
        match authorization(headers, "basic") {
            Ok(Some(encoded)) => Self::decode(encoded).unwrap_or(Self::Unusable),
            Ok(None) => Self::None,
            Err(AuthorizationError) => Self::Unusable,
        }
    }

    fn decode(encoded: &str) -> Option<Self> {
        let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
        let text = std::str::from_utf8(&decoded).ok()?;
        if text.contains(char::is_control) {
            return None;
        }
        let (user, password) = text.split_once(':')?;
        if user.is_empty() {
            return password.is_empty().then_some(Self::None);
        }
        Some(Self::Password(user.to_owned(), Zeroizing::new(password.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[&str]) -> Credentials {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        Credentials::of(&headers)
    }

    fn password(user: &str, password: &str) -> Credentials {
        Credentials::Password(user.to_owned(), Zeroizing::new(password.to_owned()))
    }

    #[test]
    fn basic_credentials_are_read_as_clients_write_them() {
        assert_eq!(of(&["Basic YWRhOmNvcnJlY3QgaG9yc2U="]), password("ada", "correct horse"));
        assert_eq!(of(&["basic  YWRhOmE6Yg=="]), password("ada", "a:b"));
        assert_eq!(of(&["BASIC em/DqzpncsO8w59l"]), password("zoë", "grüße"));
        assert_eq!(of(&[]), Credentials::None);
        assert_eq!(of(&["Basic Og=="]), Credentials::None);
    }

    #[test]
    fn unusable_credentials_do_not_count_as_none() {
        for value in
            ["Basic", "Basic ", "Basic !!!!", "Basic YWRh", "Basic OnNlY3JldA==", "Bearer abc", "Basic YWRhOgA="]
        {
            assert_eq!(of(&[value]), Credentials::Unusable, "{value}");
        }
        assert_eq!(of(&["Basic Og==", "Basic YWRhOmE6Yg=="]), Credentials::Unusable);
    }

    #[test]
    fn debug_shows_no_password() {
        assert_eq!(format!("{:?}", password("ada", "secret")), "Password(\"ada\", \"…\")");
    }

    proptest! {
        #[test]
        fn every_user_and_password_comes_back(user in "[^:\\pC]{1,20}", secret in "\\PC{0,20}") {
            let value = format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")));
            prop_assert_eq!(of(&[&value]), password(&user, &secret));
        }

        #[test]
        fn no_header_makes_it_panic(value in "[ -~]{0,60}") {
            of(&[&value]);
            of(&[&format!("Basic {value}")]);
        }
    }
}
