//! What certmagic publishes of a challenge, as JSON.

use crate::request::{Challenge, is_base64url};
use serde::Deserialize;

/// The kind of challenges that a request over HTTP is answered for. One that is answered within TLS is published as well.
const KIND: &str = "http-01";

/// A published challenge: an `acme.Challenge` of Go's acmez, or a `PublishedChallenge` of Rust's certmagic, which names three of
/// its fields otherwise.
#[derive(Deserialize)]
pub struct Published {
    #[serde(rename = "type", alias = "kind")]
    kind: String,
    // Go leaves out what is empty.
    #[serde(default)]
    token: String,
    #[serde(default, rename = "keyAuthorization", alias = "key_authorization")]
    key_authorization: String,
    identifier: Identifier,
}

/// What the challenge is about.
#[derive(Deserialize)]
#[serde(untagged)]
enum Identifier {
    /// As Go has it, which says beside whether it is a name or an address.
    Typed {
        value: String,
    },
    Plain(String),
}

impl Published {
    /// Reads what was stored.
    pub fn parse(value: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(value)
    }

    /// The answer to a challenge, if this is what was published for it. It is made of the token and a thumbprint and of nothing
    /// else: whoever may write into the bucket can't have other content served under a site's name by that.
    pub fn answers(self, challenge: &Challenge) -> Option<String> {
        let (Identifier::Typed { value: name } | Identifier::Plain(name)) = &self.identifier;
        let is_it = self.kind == KIND && self.token == challenge.token && name.eq_ignore_ascii_case(&challenge.host);
        let thumbprint = self.key_authorization.strip_prefix(&self.token)?.strip_prefix('.')?;
        (is_it && !thumbprint.is_empty() && is_base64url(thumbprint)).then_some(self.key_authorization)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `json.Marshal` of Go writes it.
    const GO: &str = r#"{"type":"http-01","url":"https://ca.example/chall/1","status":"pending","token":"t-1",
        "keyAuthorization":"t-1.thumb_print","identifier":{"type":"dns","value":"example.com"}}"#;
    /// As `serde_json` writes it in the crate.
    const RUST: &str = r#"{"kind":"http-01","token":"t-1","url":"https://ca.example/chall/1","identifier":"example.com",
        "key_authorization":"t-1.thumb_print"}"#;

    fn answer(json: &str, host: &str, token: &str) -> Option<String> {
        let challenge = Challenge { host: host.to_owned(), token: token.to_owned() };
        Published::parse(json.as_bytes()).unwrap().answers(&challenge)
    }

    #[test]
    fn both_forms_answer_the_challenge_that_they_are_for_and_no_other() {
        for json in [GO, RUST] {
            assert_eq!(answer(json, "example.com", "t-1").as_deref(), Some("t-1.thumb_print"));
            assert_eq!(answer(json, "example.com", "t-2"), None);
            assert_eq!(answer(json, "other.example", "t-1"), None);
            assert_eq!(answer(&json.replace("http-01", "tls-alpn-01"), "example.com", "t-1"), None);
            assert!(answer(&json.replace("example.com", "Example.COM"), "example.com", "t-1").is_some());
        }
    }

    #[test]
    fn an_answer_is_a_token_and_a_thumbprint() {
        for other in ["t-2.thumb", "t-1", "t-1.", "t-1.<script>", "t-1.a.b", "t-1.a b", ""] {
            let json = RUST.replace("t-1.thumb_print", other);
            assert_eq!(answer(&json, "example.com", "t-1"), None, "{other}");
        }
        let without = r#"{"type":"http-01","url":"","status":"","identifier":{"type":"","value":"example.com"}}"#;
        assert_eq!(answer(without, "example.com", "t-1"), None);
    }

    #[test]
    fn what_is_no_challenge_is_an_error() {
        for value in ["", "{}", "[]", "t-1.thumb_print", r#"{"kind":"http-01"}"#] {
            assert!(Published::parse(value.as_bytes()).is_err(), "{value}");
        }
    }
}
