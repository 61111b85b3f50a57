//! Decisions by tokens of a token server.

use super::token_server::{self, Authority, ISSUER, SERVICE, base64url, claims, jwk, key, params, token, write};
use http::{HeaderMap, HeaderValue, header};
use ossicle_registry::ports::{Access, AccessDecision, AccessRequest, Action, Resource};
use ossicle_service::auth::{Authenticator, TokenSettings};
use rcgen::KeyPair;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

const ALGORITHMS: [&str; 9] = ["ES256", "ES384", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

fn settings() -> TokenSettings {
    let realm = "https://auth.example/token".to_owned();
    TokenSettings { realm, service: SERVICE.to_owned(), issuer: ISSUER.to_owned(), ..TokenSettings::default() }
}

fn with_keys(keys: &[Value]) -> Authenticator {
    let folder = TempDir::new().unwrap();
    let jwks = write(&folder, "jwks.json", &json!({ "keys": keys }).to_string());
    Authenticator::token(TokenSettings { jwks, ..settings() }).unwrap()
}

fn with_roots(roots: &[&Authority]) -> Authenticator {
    let folder = TempDir::new().unwrap();
    let bundle: String = roots.iter().map(|root| root.certificate.pem()).collect();
    let rootcertbundle = write(&folder, "roots.pem", &bundle);
    Authenticator::token(TokenSettings { rootcertbundle, ..settings() }).unwrap()
}

fn repository(name: &str, actions: &[Action]) -> AccessRequest {
    AccessRequest { resource: Resource::Repository(name.to_owned()), actions: actions.to_vec() }
}

async fn decide(access: &Authenticator, token: &str, needed: AccessRequest) -> AccessDecision {
    let mut headers = HeaderMap::new();
    if !token.is_empty() {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        headers.insert(header::AUTHORIZATION, value);
    }
    access.decide(&headers, &[needed]).await
}

async fn is_accepted(access: &Authenticator, token: &str) -> bool {
    match decide(access, token, repository("a/b", &[Action::Pull, Action::Push])).await {
        AccessDecision::Granted(user) => {
            assert_eq!(user.as_deref(), Some("ada"));
            true
        }
        AccessDecision::Challenge(challenge) => {
            let challenge = challenge.to_str().unwrap();
            assert!(challenge.ends_with(",error=\"invalid_token\""), "{challenge}");
            false
        }
        AccessDecision::Denied(_) => panic!("a bearer is never denied for good"),
    }
}

#[tokio::test]
async fn every_algorithm_is_verified_by_a_key_of_its_kind_and_no_other() {
    let keys: Vec<KeyPair> = ALGORITHMS.iter().map(|algorithm| key(algorithm)).collect();
    let jwks: Vec<Value> = ALGORITHMS
        .iter()
        .zip(&keys)
        .map(|(algorithm, key)| {
            let mut jwk = jwk(algorithm, key);
            jwk["kid"] = json!(format!("key of {algorithm}"));
            jwk
        })
        .collect();
    let access = with_keys(&jwks);
    for (algorithm, key) in ALGORITHMS.iter().zip(&keys) {
        for other in ALGORITHMS {
            let good = token(algorithm, key, json!({ "kid": format!("key of {other}") }), &claims());
            // The keys of all RSA algorithms are the same one.
            let is_same = *algorithm == other
                || (algorithm.as_bytes()[1] == b'S'
                    && other.as_bytes()[1] == b'S'
                    && !algorithm.starts_with('E')
                    && !other.starts_with('E'));
            assert_eq!(is_accepted(&access, &good).await, is_same, "{algorithm} with the key of {other}");
        }
        // The same signature under each other name of an algorithm.
        let good = token(algorithm, key, json!({ "kid": format!("key of {algorithm}") }), &claims());
        let (head, rest) = good.split_once('.').unwrap();
        for other in
            ALGORITHMS.iter().filter(|other| *other != algorithm).chain(&["none", "HS256", "HS384", "HS512", "ES512"])
        {
            let header = json!({ "alg": other, "kid": format!("key of {algorithm}") });
            assert!(
                !is_accepted(&access, &format!("{}.{rest}", base64url(header.to_string()))).await,
                "{algorithm} as {other}"
            );
        }
        let payload = rest.split_once('.').unwrap().0;
        assert!(!is_accepted(&access, &format!("{head}.{payload}.")).await);
    }
}

#[tokio::test]
async fn hmac_with_the_public_key_as_its_secret_is_refused() {
    let root = Authority::self_signed("ES256", params(false));
    let access = with_roots(&[&root]);
    let pem = root.certificate.pem();
    for secret in [pem.as_bytes(), root.certificate.der(), rcgen::PublicKeyData::der_bytes(&root.key)] {
        let header = json!({ "alg": "HS256", "x5c": [root.x5c()] });
        let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims().to_string()));
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let signature = ring::hmac::sign(&secret, signed.as_bytes());
        assert!(!is_accepted(&access, &format!("{signed}.{}", base64url(signature))).await);
    }
}

#[tokio::test]
async fn chain_of_certificates_must_end_at_a_root_and_be_valid_now() {
    let root = Authority::self_signed("ES256", params(true));
    let between = root.issue("ES384", params(true));
    let leaf = between.issue("EdDSA", params(false));
    let direct = root.issue("ES256", params(false));
    let access = with_roots(&[&root]);
    let chained = |leaf: &Authority, algorithm: &str, chain: &[&Authority]| {
        let x5c: Vec<String> = chain.iter().map(|one| one.x5c()).collect();
        token(algorithm, &leaf.key, json!({ "x5c": x5c }), &claims())
    };
    assert!(is_accepted(&access, &chained(&leaf, "EdDSA", &[&leaf, &between])).await);
    assert!(is_accepted(&access, &chained(&leaf, "EdDSA", &[&leaf, &between, &root])).await);
    assert!(is_accepted(&access, &chained(&direct, "ES256", &[&direct])).await);
    let in_jwk = token("ES256", &direct.key, json!({ "jwk": { "kty": "EC", "x5c": [direct.x5c()] } }), &claims());
    assert!(is_accepted(&access, &in_jwk).await);
    // The root itself signs, as token servers with a self-signed certificate do.
    assert!(is_accepted(&access, &chained(&root, "ES256", &[&root])).await);

    assert!(!is_accepted(&access, &chained(&leaf, "EdDSA", &[&leaf])).await, "a link is missing");
    assert!(!is_accepted(&access, &chained(&leaf, "EdDSA", &[&between, &root])).await, "another one's certificate");
    assert!(!is_accepted(&access, &chained(&leaf, "EdDSA", &[])).await);
    let stranger = Authority::self_signed("ES256", params(true));
    let strangers = stranger.issue("ES256", params(false));
    assert!(!is_accepted(&access, &chained(&strangers, "ES256", &[&strangers, &stranger])).await);
    assert!(!is_accepted(&access, &chained(&stranger, "ES256", &[&stranger])).await);
    let no_authority = direct.issue("ES256", params(false));
    assert!(!is_accepted(&access, &chained(&no_authority, "ES256", &[&no_authority, &direct])).await);
    let times = [(-20, -10), (10, 20)];
    for (from, until) in times {
        let mut params = params(false);
        params.not_before = OffsetDateTime::now_utc() + Duration::days(from);
        params.not_after = OffsetDateTime::now_utc() + Duration::days(until);
        let late = root.issue("ES256", params.clone());
        assert!(!is_accepted(&access, &chained(&late, "ES256", &[&late])).await);
        let late = Authority::self_signed("ES256", params);
        assert!(!is_accepted(&with_roots(&[&late]), &chained(&late, "ES256", &[&late])).await);
    }
    // An untrusted chain is not saved by a key that is trusted.
    let mixed = json!({ "x5c": [strangers.x5c()], "kid": libtrust_id(&root.key) });
    assert!(!is_accepted(&access, &token("ES256", &root.key, mixed, &claims())).await);
    for x5c in [json!(["AAAA"]), json!(["!"]), json!([""]), json!("x"), json!([1])] {
        assert!(!is_accepted(&access, &token("ES256", &root.key, json!({ "x5c": x5c }), &claims())).await);
    }
    let long: Vec<String> = std::iter::repeat_n(root.x5c(), 11).collect();
    assert!(!is_accepted(&access, &token("ES256", &root.key, json!({ "x5c": long }), &claims())).await);
}

fn libtrust_id(key: &KeyPair) -> String {
    let hash = digest(&SHA256, &rcgen::PublicKeyData::subject_public_key_info(key));
    let text = data_encoding::BASE32.encode(&hash.as_ref()[..30]);
    text.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap()).collect::<Vec<_>>().join(":")
}

fn thumbprint(jwk: &Value) -> String {
    // serde_json writes members in the order of their names, as RFC 7638 asks.
    base64url(digest(&SHA256, jwk.to_string().as_bytes()))
}

#[tokio::test]
async fn kid_is_that_of_libtrust_the_thumbprint_or_the_one_in_the_key_set() {
    for algorithm in ["ES256", "ES384", "EdDSA", "RS256"] {
        let root = Authority::self_signed(algorithm, params(true));
        let public = jwk(algorithm, &root.key);
        let access = with_roots(&[&root]);
        let with = |header: Value| token(algorithm, &root.key, header, &claims());
        assert!(is_accepted(&access, &with(json!({ "kid": libtrust_id(&root.key) }))).await, "{algorithm}");
        assert!(is_accepted(&access, &with(json!({ "kid": thumbprint(&public) }))).await, "{algorithm}");
        assert!(is_accepted(&access, &with(json!({ "jwk": public }))).await, "{algorithm}");
        for header in [json!({}), json!({ "kid": "" }), json!({ "kid": "other" }), json!({ "jwk": {} })] {
            assert!(!is_accepted(&access, &with(header)).await);
        }

        let mut named = public.clone();
        named["kid"] = json!("mine");
        named["use"] = json!("sig");
        let access = with_keys(&[jwk("ES256", &key("ES256")), named]);
        assert!(is_accepted(&access, &with(json!({ "kid": "mine" }))).await, "{algorithm}");
        assert!(is_accepted(&access, &with(json!({ "kid": thumbprint(&public) }))).await, "{algorithm}");
        assert!(is_accepted(&access, &with(json!({ "jwk": public }))).await, "{algorithm}");
        assert!(!is_accepted(&access, &with(json!({ "kid": "other" }))).await);
        assert!(!is_accepted(&access, &with(json!({ "x5c": [root.x5c()] }))).await, "no roots are trusted");
    }
}

#[tokio::test]
async fn key_in_the_token_itself_is_trusted_only_if_it_was_before() {
    let (trusted, own) = (key("ES256"), key("ES256"));
    let access = with_keys(&[jwk("ES256", &trusted)]);
    let mut impostor = jwk("ES256", &own);
    assert!(!is_accepted(&access, &token("ES256", &own, json!({ "jwk": impostor }), &claims())).await);
    impostor["kid"] = json!(thumbprint(&jwk("ES256", &trusted)));
    assert!(!is_accepted(&access, &token("ES256", &own, json!({ "jwk": impostor }), &claims())).await);
}

#[tokio::test]
async fn claims_are_checked_and_changed_tokens_refused() {
    let key = key("ES256");
    let access = with_keys(&[jwk("ES256", &key)]);
    let kid = json!({ "kid": thumbprint(&jwk("ES256", &key)) });
    let good = token("ES256", &key, kid.clone(), &claims());
    assert!(is_accepted(&access, &good).await);
    for (claim, value) in [
        ("iss", json!("other")),
        ("aud", json!("other")),
        ("exp", json!(token_server::now() - 120)),
        ("nbf", json!(token_server::now() + 120)),
        ("iat", json!(token_server::now() + 120)),
    ] {
        let mut wrong = claims();
        wrong[claim] = value;
        assert!(!is_accepted(&access, &token("ES256", &key, kid.clone(), &wrong)).await, "{claim}");
    }
    let parts: Vec<&str> = good.split('.').collect();
    let mut more = claims();
    more["access"][0]["name"] = json!("a/c");
    assert!(!is_accepted(&access, &[parts[0], &base64url(more.to_string()), parts[2]].join(".")).await);
    for bad in ["x", "a.b.c", &good[..good.len() - 2], &format!("{good}A"), &good.replacen('.', "..", 1)] {
        assert!(!is_accepted(&access, bad).await, "{bad}");
    }
}

#[tokio::test]
async fn challenge_says_what_is_missing() {
    let key = key("ES256");
    let access = with_keys(&[jwk("ES256", &key)]);
    let good = token("ES256", &key, json!({ "kid": thumbprint(&jwk("ES256", &key)) }), &claims());
    let challenge = |rest: &str| {
        let text = format!("Bearer realm=\"https://auth.example/token\",service=\"registry.example\"{rest}");
        AccessDecision::Challenge(HeaderValue::from_str(&text).unwrap())
    };
    let registry = || AccessRequest { resource: Resource::Registry, actions: vec![] };
    let catalog = || AccessRequest { resource: Resource::Catalog, actions: vec![Action::All] };
    assert_eq!(decide(&access, "", registry()).await, challenge(""));
    assert_eq!(decide(&access, &good, registry()).await, AccessDecision::Granted(Some("ada".to_owned())));
    let scope = ",scope=\"repository:a/b:pull,push\"";
    assert_eq!(decide(&access, "", repository("a/b", &[Action::Pull, Action::Push])).await, challenge(scope));
    assert_eq!(
        decide(&access, &good, repository("a/b", &[Action::Delete])).await,
        challenge(",scope=\"repository:a/b:delete\",error=\"insufficient_scope\"")
    );
    assert_eq!(
        decide(&access, &good, catalog()).await,
        challenge(",scope=\"registry:catalog:*\",error=\"insufficient_scope\"")
    );
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Basic YTpi"))]);
    assert_eq!(access.decide(&headers, &[registry()]).await, challenge(""));
}

#[test]
fn settings_without_keys_or_with_what_is_not_supported_are_refused() {
    let folder = TempDir::new().unwrap();
    let jwks = || write(&folder, "jwks.json", &json!({ "keys": [jwk("ES256", &key("ES256"))] }).to_string());
    let refused = |settings: TokenSettings, expected: &str| {
        let error = Authenticator::token(settings).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    assert!(Authenticator::token(TokenSettings { jwks: jwks(), ..settings() }).is_ok());
    refused(settings(), "rootcertbundle: this or jwks must be given");
    refused(TokenSettings { jwks: jwks(), autoredirect: true, ..settings() }, "autoredirect: this is not supported");
    refused(TokenSettings { jwks: jwks(), issuer: String::new(), ..settings() }, "issuer: this is missing");
    refused(TokenSettings { jwks: jwks(), realm: String::new(), ..settings() }, "realm: ");
    refused(TokenSettings { jwks: jwks(), service: "a\"b".to_owned(), ..settings() }, "service: ");
    for (content, expected) in [
        ("{}", "this is not a JWKS"),
        (r#"{"keys":[]}"#, "no key in this JWKS can verify tokens"),
        (r#"{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}]}"#, "no key in this JWKS"),
        (
            r#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA"},1]}"#,
            "no key in this",
        ),
    ] {
        refused(TokenSettings { jwks: write(&folder, "wrong.json", content), ..settings() }, expected);
    }
    for (content, expected) in [
        ("", "there is no certificate in this file"),
        (include_str!("../vectors/rsa-key.pem"), "there is no certificate in this file"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1: this is not a certificate"),
    ] {
        refused(TokenSettings { rootcertbundle: write(&folder, "wrong.pem", content), ..settings() }, expected);
    }
}
