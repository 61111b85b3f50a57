//! Tokens, and what they open.

use sha2::{Digest, Sha256};

/// A token that a server has to know.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its id, and what its secret is made of.
    digit: char,
    /// What it allows.
    pub rights: &'static [&'static str],
    /// When it expires, as RFC 3339 has it.
    pub expires: Option<&'static str>,
    /// How many bytes a content may have.
    pub body_limit: Option<u64>,
}

const USUAL: Known = Known { digit: 'a', rights: &["read", "write"], expires: None, body_limit: None };

/// May do everything.
const ALL: Known = Known { rights: &["read", "write", "presign", "break-locks"], ..USUAL };
const READER: Known = Known { digit: 'b', rights: &["read"], ..USUAL };
const EXPIRED: Known = Known { digit: 'c', expires: Some("2020-01-01T00:00:00Z"), ..USUAL };
const SHORT: Known = Known { digit: 'd', body_limit: Some(10), ..USUAL };
/// No server knows it.
const UNKNOWN: Known = Known { digit: 'e', ..USUAL };

/// The tokens that a server has to know. The first may do everything.
pub fn known() -> [Known; 4] {
    [ALL, READER, EXPIRED, SHORT]
}

impl Known {
    /// Its id.
    pub fn id(&self) -> String {
        self.digit.to_string().repeat(16)
    }

    /// All of it.
    pub fn text(&self) -> String {
        format!("ossicle_{}_{}", self.id(), "0".repeat(64))
    }

    /// What a server knows it by.
    pub fn sha256(&self) -> String {
        Sha256::digest(self.text().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The value of `Authorization`.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.text())
    }
}

pub(crate) mod suites {
    use super::{ALL, EXPIRED, READER, SHORT, UNKNOWN};
    use crate::asked::{Asked, Got, delete, get, put};
    use crate::site::Served;

    const PATH: &str = "/v1/certificates/sites/a.crt";

    async fn as_somebody<S: Served>(site: &S, authorization: &str, asked: Asked) -> Got {
        let asked = asked.header("authorization", authorization);
        Got::of(site.send_as_it_is(asked.into_request()).await)
    }

    pub async fn token_has_its_rights<S: Served>(site: &S) {
        let (writer, reader) = (ALL.authorization(), READER.authorization());
        as_somebody(site, &writer, put(PATH, "a certificate")).await.expect(200);
        assert_eq!(as_somebody(site, &reader, get(PATH)).await.expect(200).body(), b"a certificate");
        let locking = Asked::new("POST", "/v1/locks/a/lease");
        for refused in [put(PATH, "another"), delete(PATH), locking] {
            assert_eq!(as_somebody(site, &reader, refused).await.expect(403).problem(), "forbidden");
        }
    }

    pub async fn nobody_is_told_more_than_that_the_credentials_do_not_do<S: Served>(site: &S) {
        let missing = Got::of(site.send_as_it_is(get(PATH).into_request()).await).expect(401);
        assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"ossicle\"");
        assert_eq!((missing.header("content-type"), &*missing.problem()), ("application/problem+json", "unauthorized"));
        // The id of a token that is known with another secret.
        let forged = format!("ossicle_{}_{}", ALL.id(), "1".repeat(64));
        for token in [&*UNKNOWN.text(), &forged, "", "ossicle_", &ALL.sha256()] {
            let refused = as_somebody(site, &format!("Bearer {token}"), get(PATH)).await.expect(401);
            assert!(refused.header("www-authenticate").contains("invalid_token"), "{token}: {refused:?}");
            assert_eq!(refused.json()["detail"], "the credentials are not known", "{token}");
        }
        as_somebody(site, &format!("Basic {}", ALL.text()), get(PATH)).await.expect(401);
        let refused = as_somebody(site, &EXPIRED.authorization(), get(PATH)).await.expect(401);
        assert_eq!(refused.json()["detail"], "the credentials have expired");
    }

    pub async fn content_is_as_long_as_the_token_allows<S: Served>(site: &S) {
        let eleven = || put("/v1/blobs/a", "eleven byte");
        let stated = eleven().header("content-length", "11");
        for asked in [eleven(), stated] {
            assert_eq!(as_somebody(site, &SHORT.authorization(), asked).await.expect(413).problem(), "too-large");
        }
        as_somebody(site, &ALL.authorization(), eleven()).await.expect(200);
    }
}
