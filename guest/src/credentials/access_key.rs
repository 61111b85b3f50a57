//! An access key. Its secrets are wiped from memory when dropped and never shown.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::ConfigProblem;

/// An access key of OSS, permanent or temporary.
#[derive(Clone)]
pub struct Credentials {
    /// The AccessKey ID; public.
    pub access_key_id: String,
    /// The AccessKey secret.
    pub access_key_secret: Zeroizing<String>,
    /// The token that came with a temporary access key of STS.
    pub security_token: Option<Zeroizing<String>>,
}

impl Credentials {
    /// Rejects a text that can't be an access key, in most cases because it contains white space from a file or a
    /// copied line: OSS would only report that the signature does not match.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(&self) -> Result<(), ConfigProblem> {
        // The id becomes part of `Credential=<id>/<scope>,...` and of a query.
        check("credentials.access-key-id", &self.access_key_id, |c| c.is_ascii_graphic() && !matches!(c, '/' | ','))?;
        check("credentials.access-key-secret", &self.access_key_secret, |c| c.is_ascii_graphic())?;
        match &self.security_token {
            Some(token) => check("credentials.security-token", token, |c| c.is_ascii_graphic()),
            None => Ok(()),
        }
    }

    /// Replaces every secret in a text from a server.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in std::iter::once(&self.access_key_secret).chain(self.security_token.as_ref()) {
            if !secret.is_empty() && text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[redacted]");
            }
        }
        text
    }
}

fn check(field: &'static str, value: &str, allowed: impl Fn(char) -> bool) -> Result<(), ConfigProblem> {
    if value.is_empty() {
        Err(ConfigProblem::new(field, "is empty"))
    } else if value.trim() != value {
        Err(ConfigProblem::new(field, "has white space around it"))
    } else if !value.chars().all(allowed) {
        Err(ConfigProblem::new(field, "holds a character that it can't have"))
    } else {
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &"[redacted]")
            .field("security_token", &self.security_token.as_ref().map(|_| "[redacted]"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
        Credentials {
            access_key_id: id.into(),
            access_key_secret: secret.to_owned().into(),
            security_token: token.map(|token| token.to_owned().into()),
        }
    }

    #[test]
    fn names_the_field_and_never_the_value() {
        for (given, field) in [
            (credentials("", "s", None), "credentials.access-key-id"),
            (credentials("a/b", "s", None), "credentials.access-key-id"),
            (credentials("id", "canary\n", None), "credentials.access-key-secret"),
            (credentials("id", "can ary", None), "credentials.access-key-secret"),
            (credentials("id", "s", Some("")), "credentials.security-token"),
            (credentials("id", "s", Some(" canary")), "credentials.security-token"),
        ] {
            let problem = given.check().unwrap_err();
            assert_eq!(problem.field, field);
            assert!(!problem.to_string().contains("canary"));
        }
        assert!(credentials("LTAI5t", "s/+=", Some("CAIS=")).check().is_ok());
    }

    #[test]
    fn debug_and_redact_hide_secrets() {
        let given = credentials("id", "canary-secret", Some("canary-token"));
        assert!(!format!("{given:?}").contains("canary"));
        assert_eq!(given.redact("x canary-token y canary-secret"), "x [redacted] y [redacted]");
    }
}
