//! The metadata service and STS.

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};

use ossicle_emulator::{AccessKey, Emulator, FaultAction, FaultRule, OidcToken, Operation, Role};
use serde_json::Value;
use support::Told;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

async fn emulator() -> Emulator {
    let anywhere = ([127, 0, 0, 1], 0).into();
    let builder = Emulator::builder().metadata(anywhere).sts(anywhere).role(Role::new("web"));
    builder.oidc_token(OidcToken::new("a-token")).start().await.expect("starts")
}

async fn ask(endpoint: Option<String>, line: &str, headers: &str, body: &str) -> Told {
    let address = endpoint.expect("the service runs");
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.expect("connects");
    let length = body.len();
    let wire = format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}");
    stream.write_all(wire.as_bytes()).await.expect("writes");
    support::read(&mut stream, false).await.expect("an answer")
}

async fn metadata(emulator: &Emulator, line: &str, headers: &str) -> Told {
    ask(emulator.metadata_endpoint(), line, headers, "").await
}

async fn sts(emulator: &Emulator, change: &[(&str, &str)]) -> Told {
    let (role, provider) = (Role::new("web").arn(), OidcToken::provider_arn());
    let now = emulator.clock().now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let basic = support::iso(now);
    let time = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &basic[..4],
        &basic[4..6],
        &basic[6..8],
        &basic[9..11],
        &basic[11..13],
        &basic[13..15]
    );
    let mut fields = vec![
        ("Action", "AssumeRoleWithOIDC"),
        ("Version", "2015-04-01"),
        ("Format", "JSON"),
        ("Timestamp", &time),
        ("RoleArn", &role),
        ("OIDCProviderArn", &provider),
        ("OIDCToken", "a-token"),
        ("RoleSessionName", "a-session"),
        ("DurationSeconds", "900"),
    ];
    for (name, value) in change {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let form: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace('/', "%2F")))
        .collect();
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    ask(emulator.sts_endpoint(), "POST /", kind, &form.join("&")).await
}

fn json(told: &Told) -> Value {
    serde_json::from_slice(&told.body).expect("JSON")
}

#[tokio::test]
async fn the_metadata_service_has_two_forms() {
    let emulator = emulator().await;
    let credentials = format!("GET {ROLES}web");
    assert_eq!(metadata(&emulator, &format!("GET {ROLES}"), "").await.text(), "web");
    let plain = json(&metadata(&emulator, &credentials, "").await);
    assert_eq!(plain["Code"], "Success");
    let capital = credentials.replace("/ram/", "/Ram/");
    assert_eq!(json(&metadata(&emulator, &capital, "").await), plain);
    assert_eq!(metadata(&emulator, "GET /latest/meta-data", "").await.status, 404);
    assert!(plain["AccessKeyId"].as_str().expect("an id").starts_with("STS."));
    emulator.ram().set_hardened_only(true);
    assert_eq!(metadata(&emulator, &credentials, "").await.status, 403);
    let life = "x-aliyun-ecs-metadata-token-ttl-seconds: ";
    assert_eq!(metadata(&emulator, "PUT /latest/api/token", "").await.status, 400);
    assert_eq!(metadata(&emulator, "PUT /latest/api/token", &format!("{life}21601\r\n")).await.status, 400);
    let forwarded = format!("{life}60\r\nx-forwarded-for: 10.0.0.1\r\n");
    assert_eq!(metadata(&emulator, "PUT /latest/api/token", &forwarded).await.status, 403);
    let token = metadata(&emulator, "PUT /latest/api/token", &format!("{life}60\r\n")).await.text();
    let header = format!("x-aliyun-ecs-metadata-token: {token}\r\n");
    // The same credentials, while more than half of their life is left.
    assert_eq!(json(&metadata(&emulator, &credentials, &header).await), plain);
    emulator.clock().advance(Duration::from_secs(61));
    assert_eq!(metadata(&emulator, &credentials, &header).await.status, 403);
    emulator.ram().set_hardened_only(false);
    emulator.clock().advance(Duration::from_secs(3 * 3600));
    assert_ne!(json(&metadata(&emulator, &credentials, "").await), plain);
    assert_eq!(emulator.ram().issued().len(), 2);
    emulator.ram().attach(None);
    assert_eq!(metadata(&emulator, &credentials, "").await.status, 404);
    assert_eq!(emulator.stats().count(Operation::PutMetadataToken), 4);
}

#[tokio::test]
async fn sts_takes_tokens_it_knows_until_they_expire() {
    let emulator = emulator().await;
    let told = sts(&emulator, &[]).await;
    assert_eq!(told.status, 200, "{}", told.text());
    assert_eq!(json(&told)["Credentials"]["AccessKeyId"], emulator.ram().issued()[0]);
    let told = sts(&emulator, &[("Format", "XML")]).await;
    assert_eq!((told.status, told.xml("AccessKeyId")), (200, emulator.ram().issued()[1].clone()));
    let end = emulator.clock().now() + Duration::from_secs(30);
    emulator.ram().add_oidc_token(OidcToken::new("a-short-one").expires(end));
    assert_eq!(sts(&emulator, &[("OIDCToken", "a-short-one")]).await.status, 200);
    emulator.clock().advance(Duration::from_secs(30));
    let told = sts(&emulator, &[("OIDCToken", "a-short-one")]).await;
    assert_eq!((told.status, json(&told)["Code"].as_str()), (400, Some("AuthenticationFail.OIDCToken.Expired")));
}

#[tokio::test]
async fn sts_is_strict() {
    let emulator = emulator().await;
    let long = "x".repeat(20_001);
    let other = "acs:ram::1:oidc-provider/other";
    for (name, value, status, code) in [
        ("OIDCToken", "unknown", 400, "AuthenticationFail.OIDCToken.Invalid"),
        ("OIDCToken", "", 400, "MissingOIDCToken"),
        ("OIDCToken", &long, 400, "InvalidParameter.OIDCToken"),
        ("OIDCProviderArn", other, 404, "EntityNotExist.OIDCProvider"),
        ("RoleArn", "acs:ram::1:role/web", 404, "EntityNotExist.Role"),
        ("RoleArn", "web", 400, "InvalidParameter.RoleArn"),
        ("RoleSessionName", "a b", 400, "InvalidParameter.RoleSessionName"),
        ("DurationSeconds", "899", 400, "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "3601", 400, "InvalidParameter.DurationSeconds"),
        ("Policy", "{", 400, "InvalidParameter.Policy"),
        ("Policy", r#"{"Version":"1","Statements":[]}"#, 400, "InvalidParameter.PolicyGrammar"),
        ("Policy", r#"{"Version":"1","Statement":[{"Effect":"Allow"}]}"#, 400, "InvalidParameter.PolicyGrammar"),
        ("Timestamp", "", 400, "MissingTimestamp"),
        ("Timestamp", "20221228T102741Z", 400, "InvalidTimeStamp.Expired"),
        ("Timestamp", "20221228T102741.123Z", 400, "InvalidTimeStamp.Expired"),
        ("Timestamp", "20221228T102741.Z", 400, "InvalidTimeStamp.Format"),
        ("Timestamp", "now", 400, "InvalidTimeStamp.Format"),
        ("Version", "2014-01-01", 400, "InvalidVersion"),
        ("Action", "AssumeRoleWithSAML", 404, "InvalidAction.NotFound"),
    ] {
        let told = sts(&emulator, &[(name, value)]).await;
        assert_eq!((told.status, json(&told)["Code"].as_str()), (status, Some(code)), "{name}={value}");
    }
    assert_eq!(sts(&emulator, &[("Format", ""), ("OIDCToken", "")]).await.xml("Code"), "MissingOIDCToken");
    assert!(emulator.ram().issued().is_empty());
}

/// A call that is signed with an access key, changed before it is signed and after.
async fn signed(emulator: &Emulator, key: (&str, &str), before: &[(&str, &str)], after: &[(&str, &str)]) -> Told {
    let now = emulator.clock().now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let basic = support::iso(now);
    let time = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &basic[..4],
        &basic[4..6],
        &basic[6..8],
        &basic[9..11],
        &basic[11..13],
        &basic[13..15]
    );
    let nonce = emulator.stats().total.to_string();
    let arn = Role::new("web").arn();
    let mut fields: Vec<(&str, &str)> = vec![
        ("Action", "AssumeRole"),
        ("Version", "2015-04-01"),
        ("Format", "JSON"),
        ("Timestamp", &time),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", &nonce),
        ("AccessKeyId", key.0),
        ("RoleArn", &arn),
        ("RoleSessionName", "a-session"),
    ];
    change(&mut fields, before);
    fields.sort_unstable();
    let encode = |text: &str| percent_encoding::utf8_percent_encode(text, ENCODED).to_string();
    let form = |fields: &[(&str, &str)]| {
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    };
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(format!("{}&", key.1).as_bytes()).expect("a key");
    mac.update(format!("POST&%2F&{}", encode(&form(&fields))).as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    fields.push(("Signature", &signature));
    change(&mut fields, after);
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    ask(emulator.sts_endpoint(), "POST /", kind, &form(&fields)).await
}

const ENCODED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn change<'a>(fields: &mut Vec<(&'a str, &'a str)>, changes: &[(&'a str, &'a str)]) {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
}

const KEY: (&str, &str) = ("a-user", "a secret+/=");

#[tokio::test]
async fn a_role_is_taken_on_with_a_signed_call() {
    let emulator = emulator().await;
    emulator.add_key(AccessKey::new(KEY.0, KEY.1));
    let told = signed(
        &emulator,
        KEY,
        &[("DurationSeconds", "900"), ("Policy", r#"{"Version":"1","Statement":[],"a b":"*~"}"#)],
        &[],
    )
    .await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = json(&told)["Credentials"].clone();
    assert_eq!(told["AccessKeyId"], emulator.ram().issued()[0]);
    // What was given can take on a role too, with its token, until it ends.
    let text = |name: &str| told[name].as_str().expect("text").to_owned();
    let (id, secret, token) = (text("AccessKeyId"), text("AccessKeySecret"), text("SecurityToken"));
    let temporary = (id.as_str(), secret.as_str());
    assert_eq!(signed(&emulator, temporary, &[("SecurityToken", &token)], &[]).await.status, 200);
    let code = |told: &Told| json(told)["Code"].as_str().expect("a code").to_owned();
    assert_eq!(code(&signed(&emulator, temporary, &[], &[]).await), "MissingSecurityToken");
    let other = [("SecurityToken", "another")];
    assert_eq!(code(&signed(&emulator, temporary, &other, &[]).await), "InvalidSecurityToken.MismatchWithAccessKey");
    emulator.clock().advance(Duration::from_secs(900));
    let told = signed(&emulator, temporary, &[("SecurityToken", &token)], &[]).await;
    assert_eq!((told.status, code(&told).as_str()), (400, "InvalidSecurityToken.Expired"));
    assert_eq!(emulator.stats().count(Operation::AssumeRole), 5);
}

/// What a session was narrowed down to is all that its key may do. (ali-oss' `should delete multi objects using STS`.)
#[tokio::test]
async fn a_session_does_what_its_policy_allows_and_no_more() {
    let emulator = emulator().await;
    emulator.add_key(AccessKey::new(support::ID, support::SECRET));
    emulator.add_key(AccessKey::new(KEY.0, KEY.1));
    let bucket = "narrow";
    assert_eq!(support::ask("PUT", bucket, "").send(&emulator).await.status, 200);
    assert_eq!(support::put(&emulator, bucket, "in/k", "value").await.status, 200);
    let session = |statement: &'static str| {
        let emulator = emulator.clone();
        async move {
            let policy = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
            let told = json(&signed(&emulator, KEY, &[("Policy", &policy)], &[]).await);
            let given = &told["Credentials"];
            let text = |name: &str| given[name].as_str().expect("credentials").to_owned();
            (text("AccessKeyId"), text("AccessKeySecret"), text("SecurityToken"))
        }
    };
    let read = session(r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:*/in/*"}"#).await;
    let all = session(
        r#"{"Effect":"Allow","Action":["oss:*"],"Resource":["*"]},{"Effect":"Deny","Action":"oss:DeleteObject","Resource":"*"}"#,
    )
    .await;
    for (credentials, method, key, query, allowed) in [
        (&read, "GET", "in/k", "", true),
        (&read, "HEAD", "in/k", "", true),
        (&read, "GET", "out/k", "", false),
        (&read, "PUT", "in/k", "", false),
        (&read, "GET", "", "", false),
        (&all, "PUT", "in/k", "", true),
        (&all, "GET", "", "", true),
        (&all, "DELETE", "in/k", "", false),
        (&all, "POST", "", "delete", false),
    ] {
        let asked = support::ask(method, bucket, key).query(query).header("x-oss-security-token", &credentials.2);
        let told = asked.key(&credentials.0, &credentials.1).body(if method == "PUT" { "x" } else { "" });
        let told = told.send(&emulator).await;
        assert_eq!(told.status != 403, allowed, "{method} {key}?{query}: {}", told.text());
        if !allowed && method != "HEAD" {
            assert_eq!(told.xml("Message"), "Access denied by authorizer's policy.");
        }
    }
    let asked = support::ask("GET", "", "").header("x-oss-security-token", &read.2).key(&read.0, &read.1);
    assert_eq!(asked.send(&emulator).await.error().1, "AccessDenied");
    // A copy reads its source: what may only be written may not be copied.
    let write = session(r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#).await;
    let both = session(r#"{"Effect":"Allow","Action":["oss:PutObject","oss:GetObject"],"Resource":"*"}"#).await;
    for (credentials, status) in [(&write, 403), (&both, 200)] {
        let asked = support::ask("PUT", bucket, "copy").header("x-oss-copy-source", "/narrow/in/k");
        let asked = asked.header("x-oss-security-token", &credentials.2).key(&credentials.0, &credentials.1);
        let told = asked.send(&emulator).await;
        assert_eq!(told.status, status, "{}", told.text());
    }
}

#[tokio::test]
async fn signed_calls_are_verified() {
    let emulator = emulator().await;
    emulator.add_key(AccessKey::new(KEY.0, KEY.1));
    emulator.add_key(AccessKey::new("elsewhere", "s").owner("2"));
    emulator.ram().add_role(Role::new("shared").external_id("an-id"));
    let shared = Role::new("shared").arn();
    let outside = [("RoleArn", shared.as_str()), ("ExternalId", "an-id")];
    assert_eq!(signed(&emulator, ("elsewhere", "s"), &outside, &[]).await.status, 200);
    type Changes<'a> = &'a [(&'a str, &'a str)];
    type Case<'a> = ((&'a str, &'a str), Changes<'a>, Changes<'a>, u16, &'a str);
    let cases: [Case<'_>; 12] = [
        ((KEY.0, "another"), &[], &[], 400, "SignatureDoesNotMatch"),
        (KEY, &[], &[("RoleSessionName", "another")], 400, "SignatureDoesNotMatch"),
        (("nobody", "s"), &[], &[], 404, "InvalidAccessKeyId.NotFound"),
        (KEY, &[], &[("Signature", "")], 400, "MissingSignature"),
        (KEY, &[("SignatureMethod", "HMAC-MD5")], &[], 400, "InvalidParameter.SignatureMethod"),
        (KEY, &[("Timestamp", "2022-12-28T10:27:41Z")], &[], 400, "InvalidTimeStamp.Expired"),
        (KEY, &[("RoleSessionName", "")], &[], 400, "MissingRoleSessionName"),
        (KEY, &[("RoleArn", "acs:ram::1:role/none")], &[], 404, "EntityNotExist.Role"),
        (KEY, &[("DurationSeconds", "3601")], &[], 400, "InvalidParameter.DurationSeconds"),
        (KEY, &[("ExternalId", "x y")], &[], 400, "InvalidParameter.ExternalId"),
        (("elsewhere", "s"), &[], &[], 403, "NoPermission"),
        (KEY, &[("RoleArn", &shared)], &[], 403, "NoPermission"),
    ];
    for (key, before, after, status, code) in cases {
        let told = signed(&emulator, key, before, after).await;
        assert_eq!((told.status, json(&told)["Code"].as_str()), (status, Some(code)), "{before:?} {after:?}");
    }
    let nonce = [("SignatureNonce", "once")];
    assert_eq!(signed(&emulator, KEY, &nonce, &[]).await.status, 200);
    assert_eq!(json(&signed(&emulator, KEY, &nonce, &[]).await)["Code"], "SignatureNonceUsed");
    let told = signed(&emulator, KEY, &[("Format", "XML")], &[]).await;
    assert!(told.text().contains("<AssumeRoleResponse>"), "{}", told.text());
}

#[tokio::test]
async fn both_break_on_demand() {
    let emulator = emulator().await;
    let error = FaultAction::Error {
        status: 503,
        code: "ServiceUnavailable".into(),
        message: String::new(),
        ec: String::new(),
    };
    emulator.faults().add(FaultRule::new(error.clone()).on(Operation::AssumeRoleWithOIDC).once());
    assert_eq!(json(&sts(&emulator, &[]).await)["Code"], "ServiceUnavailable");
    assert_eq!(sts(&emulator, &[]).await.status, 200);
    emulator.faults().add(FaultRule::new(error).on(Operation::PutMetadataToken).once());
    assert_eq!(metadata(&emulator, "PUT /latest/api/token", "").await.status, 503);
    emulator.faults().add(FaultRule::new(FaultAction::CutResponse { at: 1 }).on(Operation::GetInstanceRole).once());
    assert!(!metadata(&emulator, &format!("GET {ROLES}"), "").await.complete);
    assert_eq!(metadata(&emulator, &format!("GET {ROLES}"), "").await.text(), "web");
}
