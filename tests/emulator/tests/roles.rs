//! The metadata service and STS.

mod support;

use std::time::Duration;

use ossicle_emulator::{Emulator, FaultAction, FaultRule, OidcToken, Operation, Role};
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
        ("Timestamp", "", 400, "MissingTimestamp"),
        ("Timestamp", "20221228T102741Z", 400, "InvalidTimeStamp.Expired"),
        ("Timestamp", "now", 400, "InvalidTimeStamp.Format"),
        ("Version", "2014-01-01", 400, "InvalidVersion"),
        ("Action", "AssumeRole", 404, "InvalidAction.NotFound"),
    ] {
        let told = sts(&emulator, &[(name, value)]).await;
        assert_eq!((told.status, json(&told)["Code"].as_str()), (status, Some(code)), "{name}={value}");
    }
    assert_eq!(sts(&emulator, &[("Format", ""), ("OIDCToken", "")]).await.xml("Code"), "MissingOIDCToken");
    assert!(emulator.ram().issued().is_empty());
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
