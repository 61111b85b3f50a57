//! What becomes of credentials at every turn, seen from a client's requests.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::{CredentialSource, Credentials, EcsRole, OidcRole, RoleRequest, Temporary};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::key::{Key, ObjectName, Root};
use crate::oss::Client;
use crate::ports::TransportErrorKind;
use crate::testing::{Act, START, Scripted, Sent, settings, url};

pub(super) fn ecs(role: Option<&str>, hardened_only: bool) -> CredentialSource {
    CredentialSource::EcsRole(EcsRole { role: role.map(str::to_owned), hardened_only, endpoint: None })
}

fn oidc() -> CredentialSource {
    CredentialSource::OidcRole(OidcRole {
        role: RoleRequest { role_arn: "acs:ram::1:role/r".into(), ..RoleRequest::default() },
        provider_arn: "acs:ram::1:oidc-provider/p".into(),
        token: String::from("canary-oidc.a_b-c").into(),
    })
}

pub(super) fn client(ports: &Scripted, source: CredentialSource, change: impl FnOnce(&mut Config)) -> Client<Scripted> {
    let settings = settings(|config| {
        config.credentials = source;
        change(config);
    });
    Client::new(ports.clone(), settings)
}

fn object() -> ObjectName {
    Root::default().object(&Key::parse("k").unwrap()).unwrap()
}

pub(super) async fn load(client: &Client<Scripted>) -> Result<Bytes, Error> {
    client.get_object("k", &object(), 99).await.map(|loaded| loaded.bytes)
}

/// 2022-12-28 and so many seconds after the script's start, in RFC 3339.
fn moment(after: u64) -> String {
    crate::signature::Moment::since_epoch(Duration::from_secs(START + after)).iso()
}

pub(super) fn key(name: &str, lifetime: u64) -> String {
    format!(
        "{{\"Code\":\"Success\",\"AccessKeyId\":\"ak-{name}\",\"AccessKeySecret\":\"canary-{name}\",\
         \"SecurityToken\":\"token-{name}\",\"Expiration\":\"{}\",\"LastUpdated\":\"x\"}}",
        moment(lifetime)
    )
}

/// As the metadata service and STS answer: without OSS's request id.
pub(super) fn answer(status: u16, body: impl Into<Bytes>) -> Act {
    Act::answer(status, body).without("x-oss-request-id")
}

/// The three answers of the metadata service.
pub(super) fn metadata(name: &str, lifetime: u64) -> [Act; 3] {
    [answer(200, "imds-token"), answer(200, "the-role\n"), answer(200, key(name, lifetime))]
}

pub(super) fn who(sent: &Sent) -> &str {
    sent.header("x-oss-security-token")
}

fn uris(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(|sent| format!("{} {}", sent.request.method.as_str(), url(&sent.request))).collect()
}

const ROLES: &str = "http://100.100.100.200/latest/meta-data/ram/security-credentials/";

#[test]
fn the_metadata_service_is_asked_in_its_hardened_form_and_once() {
    let ports = Scripted::new(metadata("a", 21_600).into_iter().chain([Act::object("v"), Act::object("w")]));
    let client = client(&ports, ecs(None, false), |_| {});
    assert_eq!(ports.run(load(&client)).unwrap(), "v");
    assert_eq!(ports.run(load(&client)).unwrap(), "w");
    let sent = ports.sent();
    assert_eq!(
        uris(&sent)[..3],
        [
            "PUT http://100.100.100.200/latest/api/token".to_owned(),
            format!("GET {ROLES}"),
            format!("GET {ROLES}the-role")
        ]
    );
    assert_eq!(sent[0].header("x-aliyun-ecs-metadata-token-ttl-seconds"), "21600");
    assert_eq!(sent[0].header("content-length"), "0");
    assert!(sent[1..3].iter().all(|sent| sent.header("x-aliyun-ecs-metadata-token") == "imds-token"));
    assert!(sent[3..].iter().all(|sent| who(sent) == "token-a"));
    assert!(sent[3].header("authorization").contains("Credential=ak-a/"));
}

#[test]
fn the_plain_form_is_the_fallback_unless_it_is_forbidden() {
    for no_token in [answer(404, ""), answer(200, " "), Act::fail(TransportErrorKind::TimedOut)] {
        let ports = Scripted::new([no_token, answer(200, key("a", 3600)), Act::object("v")]);
        let client = client(&ports, ecs(Some("given"), false), |_| {});
        assert_eq!(ports.run(load(&client)).unwrap(), "v");
        let sent = ports.sent();
        assert_eq!(url(&sent[1].request), format!("{ROLES}given"));
        assert_eq!(sent[1].request.header("x-aliyun-ecs-metadata-token"), None);
    }
    let ports = Scripted::new([answer(403, "")]);
    let client = client(&ports, ecs(Some("given"), true), |_| {});
    let error = ports.run(load(&client)).unwrap_err();
    assert_eq!((error.kind, error.retryable), (ErrorKind::AccessDenied, false), "{error}");
    assert_eq!(ports.sent().len(), 1);
}

#[test]
fn answers_that_are_none_are_errors_and_show_nothing() {
    for (act, kind) in [
        (answer(404, ""), ErrorKind::AccessDenied),
        (answer(500, ""), ErrorKind::Unavailable),
        (answer(200, "canary"), ErrorKind::Unavailable),
        (answer(200, "{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"canary canary\"}"), ErrorKind::Unavailable),
        (answer(200, "{\"AccessKeyId\":\"a\",\"AccessKeyId\":\"a\"}"), ErrorKind::Unavailable),
        (answer(200, "{\"Code\":\"Failed\",\"AccessKeySecret\":\"canary\"}"), ErrorKind::Unavailable),
        (answer(200, key("a", 1).replace("Expiration", "Expires")), ErrorKind::Unavailable),
        (answer(200, "x".repeat(70_000)), ErrorKind::AccessDenied),
        (Act::fail(TransportErrorKind::Refused), ErrorKind::Unavailable),
    ] {
        let ports = Scripted::new([answer(200, "imds-canary"), act]);
        let client = client(&ports, ecs(Some("r"), false), |config| config.attempts = Some(1));
        let error = ports.run(load(&client)).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains("the ECS metadata service"), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn sts_gets_the_token_in_the_body_and_a_new_one_when_there_is() {
    let granted =
        |name, lifetime| answer(200, format!("{{\"RequestId\":\"R\",\"Credentials\":{}}}", key(name, lifetime)));
    let ports = Scripted::new([
        granted("a", 3600),
        Act::object("v"),
        Act::object("w").late(Duration::from_secs(1)),
        granted("b", 7200),
        Act::object("x"),
    ]);
    let client = client(&ports, oidc(), |_| {});
    assert_eq!(ports.run(load(&client)).unwrap(), "v");
    client.credentials().supply_token(String::from("second").into()).unwrap();
    assert_eq!(ports.run(load(&client)).unwrap(), "w");
    ports.skip(Duration::from_secs(3599));
    assert_eq!(ports.run(load(&client)).unwrap(), "x");
    let sent = ports.sent();
    assert_eq!(
        uris(&sent)[0],
        "POST https://sts.aliyuncs.com/?Action=AssumeRoleWithOIDC&Format=JSON&Version=2015-04-01\
         &Timestamp=2022-12-28T10%3A27%3A41Z"
    );
    assert_eq!(
        sent[0].request.body,
        "DurationSeconds=3600&RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&RoleSessionName=ossicle\
         &OIDCProviderArn=acs%3Aram%3A%3A1%3Aoidc-provider%2Fp&OIDCToken=canary-oidc.a_b-c"
    );
    assert!(sent[3].request.body.ends_with(b"&OIDCToken=second"));
    assert_eq!((who(&sent[1]), who(&sent[4])), ("token-a", "token-b"));
    assert!(client.credentials().supply_token(String::from("a b").into()).is_err());
}

#[test]
fn a_refusal_of_sts_is_told_without_the_token() {
    // 8.8: a control character inside does not keep it from being found.
    let refusal = "{\"Code\":\"AuthenticationFail.OIDCToken.Expired\",\"Message\":\"canary-oidc\\u0000.a_b-c\",\
        \"RequestId\":\"Q\"}";
    let ports = Scripted::new([answer(400, refusal)]);
    let error = ports.run(load(&client(&ports, oidc(), |_| {}))).unwrap_err();
    assert_eq!((error.kind, error.retryable), (ErrorKind::AccessDenied, false));
    assert!(error.message.contains("AuthenticationFail.OIDCToken.Expired") && error.message.contains('Q'), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    let ports = Scripted::new([answer(429, "{\"Code\":\"Throttling.User\"}")]);
    let error = ports.run(load(&client(&ports, oidc(), |config| config.attempts = Some(1)))).unwrap_err();
    assert_eq!((error.kind, error.retryable), (ErrorKind::Unavailable, true));
}

#[test]
fn one_fetch_however_many_wait() {
    let slow = metadata("a", 3600).map(|act| act.late(Duration::from_secs(1)));
    let ports = Scripted::new(slow.into_iter().chain((0..20).map(|_| Act::object("v"))));
    let client = client(&ports, ecs(None, false), |_| {});
    let results = ports.run(join_all((0..20).map(|_| load(&client))));
    assert!(results.into_iter().all(|result| result.is_ok()));
    let sent = ports.sent();
    assert_eq!(sent.len(), 23);
    assert!(sent[3..].iter().all(|sent| who(sent) == "token-a"));
}

#[test]
fn waiting_calls_share_a_failure_and_later_calls_fetch_again() {
    let slow = Act::fail(TransportErrorKind::NotSent).late(Duration::from_secs(1));
    let again = answer(500, "").late(Duration::from_secs(1));
    let ports = Scripted::new([slow, again].into_iter().chain(metadata("a", 3600)).chain([Act::object("v")]));
    let client = client(&ports, ecs(None, false), |config| config.attempts = Some(1));
    let results = ports.run(join_all((0..20).map(|_| load(&client))));
    assert!(results.into_iter().all(|result| result.unwrap_err().retryable));
    assert_eq!(ports.run(load(&client)).unwrap(), "v");
    assert_eq!(ports.sent().len(), 6);
}

#[test]
fn a_call_that_is_broken_off_leaves_the_fetch_to_the_next() {
    let never = answer(200, "imds-token").late(Duration::from_secs(3600));
    let ports = Scripted::new([never].into_iter().chain(metadata("a", 3600)).chain([Act::object("v")]));
    let client = client(&ports, ecs(None, false), |_| {});
    let mut waits = Box::pin(load(&client));
    {
        let mut first = Box::pin(load(&client));
        assert!(first.as_mut().now_or_never().is_none() && waits.as_mut().now_or_never().is_none());
    }
    assert_eq!(ports.run(waits).unwrap(), "v");
}

#[test]
fn renewed_ahead_of_the_end_by_one_call_while_the_others_go_on() {
    // A fifth of 1000 s before the end.
    let renewal = metadata("b", 2000).map(|act| act.late(Duration::from_millis(100)));
    let values = || (0..3).map(|_| Act::object("v"));
    let script: Vec<Act> = metadata("a", 1000).into_iter().chain([Act::object("v")]).collect();
    let ports = Scripted::new(script);
    let client = client(&ports, ecs(None, false), |_| {});
    assert!(ports.run(load(&client)).is_ok());
    drop(ports.sent());
    ports.skip(Duration::from_secs(799));
    ports.play(values());
    assert!(ports.run(join_all((0..3).map(|_| load(&client)))).iter().all(Result::is_ok));
    assert!(ports.sent().iter().all(|sent| who(sent) == "token-a"));
    ports.skip(Duration::from_secs(1));
    let [token, role, keys] = renewal;
    ports.play([token, Act::object("v"), Act::object("v"), role, keys, Act::object("v")]);
    assert!(ports.run(join_all((0..3).map(|_| load(&client)))).iter().all(Result::is_ok));
    let sent = ports.sent();
    assert_eq!(sent.iter().map(who).collect::<Vec<_>>(), ["", "token-a", "token-a", "", "", "token-b"]);
}

#[test]
fn what_still_holds_is_used_when_renewing_ahead_fails() {
    for failure in [answer(500, ""), answer(200, "imds").late(Duration::from_secs(60))] {
        let slow = matches!(&failure, Act::Answer { after, .. } if *after > Duration::ZERO);
        let ports = Scripted::new(metadata("a", 1000).into_iter().chain([Act::object("v")]));
        let client = client(&ports, ecs(None, false), |_| {});
        assert!(ports.run(load(&client)).is_ok());
        drop(ports.sent());
        ports.skip(Duration::from_secs(850));
        let failed = if slow { vec![failure] } else { vec![failure, answer(500, "")] };
        ports.play(failed.into_iter().chain([Act::object("v"), Act::object("v")]));
        assert!(ports.run(load(&client)).is_ok());
        // Not asked again for a while.
        assert!(ports.run(load(&client)).is_ok());
        assert!(ports.sent().iter().rev().take(2).all(|sent| who(sent) == "token-a"));
        // At the end there is no other way.
        ports.skip(Duration::from_secs(145));
        ports.play(metadata("b", 3600).into_iter().chain([Act::object("v")]));
        assert!(ports.run(load(&client)).is_ok());
        assert_eq!(who(&ports.sent()[3]), "token-b");
    }
}

/// One instance fetches and renews for another, which fetches only where that does not come.
#[test]
fn what_one_instance_fetched_another_adopts() {
    let ports = Scripted::new(metadata("a", 1000).into_iter().chain([Act::object("v"), Act::object("v")]));
    let [one, other] = [(); 2].map(|()| client(&ports, ecs(None, false), |_| {}));
    assert!(one.credentials().current(&ports).is_none(), "nothing was fetched yet");
    assert!(ports.run(load(&one)).is_ok());
    let adopt = || other.credentials().adopt(&ports, one.credentials().current(&ports).unwrap()).unwrap();
    adopt();
    assert!(ports.run(load(&other)).is_ok());
    assert_eq!(ports.sent().iter().map(who).collect::<Vec<_>>(), ["", "", "", "token-a", "token-a"]);

    // The first one renews them a fifth of their life before their end.
    ports.skip(Duration::from_secs(850));
    ports.play([Act::object("v")].into_iter().chain(metadata("b", 1000)).chain([Act::object("v"), Act::object("v")]));
    assert!(ports.run(load(&other)).is_ok());
    assert!(ports.run(load(&one)).is_ok());
    adopt();
    assert!(ports.run(load(&other)).is_ok());
    assert_eq!(ports.sent().iter().map(who).collect::<Vec<_>>(), ["token-a", "", "", "", "token-b", "token-b"]);

    // Where it does not, the other one does: half way from there to when they are used no longer.
    ports.skip(Duration::from_secs(910));
    ports.play(metadata("c", 3000).into_iter().chain([Act::object("v")]));
    assert!(ports.run(load(&other)).is_ok());
    assert_eq!(who(&ports.sent()[3]), "token-c");

    // What has ended is adopted no more.
    ports.skip(Duration::from_secs(100));
    adopt();
    ports.play([Act::object("v")]);
    assert!(ports.run(load(&other)).is_ok());
    assert_eq!(who(&ports.sent()[0]), "token-c");
    let key = |name: &str| name.to_owned();
    let fixed = Credentials { access_key_id: key("ak"), access_key_secret: key("sk").into(), security_token: None };
    for source in [CredentialSource::Host, CredentialSource::Static(fixed)] {
        let fixed = client(&ports, source, |_| {});
        assert!(fixed.credentials().current(&ports).is_none());
        let given = other.credentials().current(&ports).unwrap();
        assert_eq!(fixed.credentials().adopt(&ports, given).unwrap_err().field, "credentials");
    }
}

const EXPIRED: [&str; 3] = ["InvalidSecurityToken", "SecurityTokenExpired", "InvalidAccessKeyId"];

pub(super) fn refused(code: &str) -> Act {
    Act::answer(403, format!("<Error><Code>{code}</Code><Message>canary-a token-a</Message></Error>"))
}

#[test]
fn what_oss_says_has_expired_is_renewed_and_the_request_sent_once_more() {
    for code in EXPIRED {
        let expired = (0..3).map(|_| refused(code).late(Duration::from_secs(1)));
        let first = metadata("a", 3600).into_iter().chain(expired);
        let ports = Scripted::new(first.chain(metadata("b", 3600)).chain((0..3).map(|_| Act::object("v"))));
        let client = client(&ports, ecs(None, false), |config| config.attempts = Some(1));
        let results = ports.run(join_all((0..3).map(|_| load(&client))));
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let sent = ports.sent();
        assert_eq!(sent.len(), 12);
        assert!(sent[9..].iter().all(|sent| who(sent) == "token-b"));
        assert!(sent[9].header("authorization").contains("Credential=ak-b/"), "the signing key is of the new secret");
    }
    // Once: fresh ones that are refused too are the error.
    let first = metadata("a", 3600).into_iter().chain([refused(EXPIRED[0])]);
    let ports = Scripted::new(first.chain(metadata("b", 3600)).chain([refused(EXPIRED[0])]));
    let error = ports.run(load(&client(&ports, ecs(None, false), |_| {}))).unwrap_err();
    assert_eq!((error.kind, error.retryable, ports.sent().len()), (ErrorKind::AccessDenied, true, 8));
    assert!(!format!("{error:?}").contains("canary-b"), "{error:?}");
}

#[test]
fn given_credentials_are_never_renewed() {
    for code in EXPIRED {
        let ports = Scripted::new([refused(code)]);
        let client = Client::new(ports.clone(), settings(|_| {}));
        let error = ports.run(load(&client)).unwrap_err();
        assert_eq!((error.kind, error.retryable, ports.sent().len()), (ErrorKind::AccessDenied, false, 1));
        assert_eq!(error.answer.unwrap().code, code);
        let given = temporary("a", None);
        assert_eq!(client.credentials().supply(&ports, given).unwrap_err().field, "credentials");
    }
}

pub(super) fn temporary(name: &str, expires: Option<u64>) -> Temporary {
    let credentials = Credentials {
        access_key_id: format!("ak-{name}"),
        access_key_secret: format!("canary-{name}").into(),
        security_token: Some(format!("token-{name}").into()),
    };
    Temporary { credentials, expires }
}

#[test]
fn the_host_hands_over_on_its_own_or_when_asked() {
    let ports = Scripted::new((0..4).map(|_| Act::object("v")));
    let client = client(&ports, CredentialSource::Host, |_| {});
    let error = ports.run(load(&client)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::AccessDenied);
    client.credentials().supply(&ports, temporary("a", Some(START + 1000))).unwrap();
    assert!(ports.run(load(&client)).is_ok());
    client.credentials().supply(&ports, temporary("b", Some(START + 1000))).unwrap();
    assert!(ports.run(load(&client)).is_ok());
    // Ahead of the end the host is asked, and has none.
    ports.skip(Duration::from_secs(900));
    assert!(ports.run(load(&client)).is_ok());
    ports.skip(Duration::from_secs(100));
    ports.hand_over(temporary("c", None));
    assert!(ports.run(load(&client)).is_ok());
    assert_eq!(ports.sent().iter().map(who).collect::<Vec<_>>(), ["token-a", "token-b", "token-b", "token-c"]);
    // What is refused and not replaced is told with OSS's own words.
    ports.play([refused(EXPIRED[1])]);
    let error = ports.run(load(&client)).unwrap_err();
    assert_eq!(error.answer.as_deref().unwrap().code, EXPIRED[1]);
    assert!(error.message.contains("the script has none"), "{error}");
}

#[test]
fn a_wrong_clock_costs_nothing() {
    for clock_error in [-100_000, 100_000] {
        let mut ports = Scripted::new(metadata("a", 1000).into_iter().chain([Act::object("v"), Act::object("v")]));
        ports.clock_error = clock_error;
        let client = client(&ports, ecs(None, false), |_| {});
        assert!(ports.run(load(&client)).is_ok() && ports.run(load(&client)).is_ok());
        assert_eq!(ports.sent().len(), 5);
    }
}

/// What one instance has learnt of the clock another one may not know.
#[test]
fn what_is_handed_over_ends_when_it_ends_whoever_knows_the_time() {
    for clock_error in [-100_000, 100_000] {
        let objects = [(); 2].map(|()| Act::object("v"));
        let mut ports = Scripted::new(metadata("a", 1000).into_iter().chain(objects));
        ports.clock_error = clock_error;
        let [one, other] = [(); 2].map(|()| client(&ports, ecs(None, false), |_| {}));
        assert!(ports.run(load(&one)).is_ok());
        let time = i64::try_from(crate::ports::Clock::now(&ports).as_secs()).unwrap() - clock_error;
        one.credentials().set_clock(&ports, u64::try_from(time).unwrap());
        other.credentials().adopt(&ports, one.credentials().current(&ports).unwrap()).unwrap();
        assert!(ports.run(load(&other)).is_ok());
        assert_eq!(who(ports.sent().last().unwrap()), "token-a", "{clock_error}");

        // What ends before that which an instance has is not taken on.
        let later = client(&ports, ecs(None, false), |_| {});
        ports.play(metadata("b", 3000).into_iter().chain([Act::object("v"), Act::object("v")]));
        assert!(ports.run(load(&later)).is_ok());
        later.credentials().adopt(&ports, one.credentials().current(&ports).unwrap()).unwrap();
        assert!(ports.run(load(&later)).is_ok());
        assert_eq!(who(ports.sent().last().unwrap()), "token-b", "{clock_error}");

        ports.skip(Duration::from_secs(995));
        ports.play(metadata("c", 1000).into_iter().chain([Act::object("v")]));
        assert!(ports.run(load(&other)).is_ok());
        assert_eq!(who(ports.sent().last().unwrap()), "token-c", "{clock_error}");
    }
}

#[test]
fn sources_name_their_fields_and_hide_their_secrets() {
    type Change = fn(&mut OidcRole);
    let cases: [(&str, Change); 7] = [
        ("credentials.role-arn", |role| role.role.role_arn = "r".into()),
        ("credentials.provider-arn", |role| role.provider_arn = "acs:ram::1:a b".into()),
        ("credentials.token", |role| role.token = String::from("canary\n").into()),
        ("credentials.session-name", |role| role.role.session_name = Some("x".into())),
        ("credentials.duration-seconds", |role| role.role.duration_seconds = Some(899)),
        ("credentials.endpoint", |role| role.role.endpoint = Some("https://sts.aliyuncs.com/x".into())),
        ("credentials.endpoint", |role| role.role.endpoint = Some(String::new())),
    ];
    for (field, change) in cases {
        let CredentialSource::OidcRole(mut role) = oidc() else { continue };
        change(&mut role);
        let problem = CredentialSource::OidcRole(role).check().unwrap_err();
        assert_eq!(problem.field, field);
        assert!(!problem.to_string().contains("canary"), "{problem}");
    }
    for role in ["", "a/b", "..", "a b", &"r".repeat(65)] {
        assert_eq!(ecs(Some(role), false).check().unwrap_err().field, "credentials.role", "{role:?}");
    }
    let source = oidc();
    assert!(!format!("{source:?}").contains("canary"));
    let ports = Scripted::new([]);
    let client = client(&ports, source, |_| {});
    assert!(!format!("{:?} {:?}", client.credentials(), client.settings()).contains("canary"));
    assert!(!format!("{:?}", temporary("a", None)).contains("canary"));
}

#[test]
fn a_wrong_clock_is_no_obstacle_at_sts() {
    let refused = answer(400, "{\"Code\":\"InvalidTimeStamp.Expired\",\"RequestId\":\"R\"}");
    let granted = answer(200, format!("{{\"Credentials\":{}}}", key("a", 3600)));
    let mut ports = Scripted::new([refused, granted, Act::object("v")]);
    ports.clock_error = 7 * 3600;
    assert!(ports.run(load(&client(&ports, oidc(), |_| {}))).is_ok());
    let asked = uris(&ports.sent());
    assert!(!asked[0].contains("T10%3A27%3A41Z") && asked[1].contains("T10%3A27%3A41Z"), "{asked:?}");
}

#[test]
fn waiting_for_credentials_ends_with_the_operation() {
    let late = |length| answer(200, "imds-token").late(Duration::from_secs(length));
    let ports = Scripted::new([late(9), late(9), late(9)]);
    let client = client(&ports, ecs(None, true), |config| config.timeouts.operation = Some(12_000));
    let results = ports.run(join_all([load(&client), load(&client)]));
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().kind == ErrorKind::TimedOut), "{results:?}");
    assert_eq!(ports.elapsed(), Duration::from_secs(12));
}
