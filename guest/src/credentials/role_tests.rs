//! Roles that are taken on with an access key, and what a wrong clock does to credentials, seen from a client's requests.

use std::time::Duration;

use bytes::Bytes;

use super::provider_tests::{answer, client, ecs, key, load, metadata, refused, temporary, who};
use super::{AssumedRole, CredentialSource, RoleRequest};
use crate::config::Config;
use crate::error::ErrorKind;
use crate::key::{Key, Root};
use crate::oss::{Client, PresignMethod};
use crate::testing::{Act, START, Scripted, settings, url};

fn role(name: &str) -> AssumedRole {
    AssumedRole {
        role: RoleRequest { role_arn: format!("acs:ram::1:role/{name}"), ..RoleRequest::default() },
        external_id: None,
    }
}

fn with_roles(ports: &Scripted, roles: Vec<AssumedRole>) -> Client<Scripted> {
    Client::new(ports.clone(), settings(|config| config.roles = roles))
}

fn granted(name: &str, lifetime: u64) -> Act {
    answer(200, format!("{{\"RequestId\":\"R\",\"Credentials\":{}}}", key(name, lifetime)))
}

fn no(status: u16, code: &str) -> Act {
    answer(status, format!("{{\"Code\":\"{code}\",\"Message\":\"canary-secret canary-token\",\"RequestId\":\"Q\"}}"))
}

fn parameter<'a>(text: &'a str, name: &str) -> &'a str {
    text.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

#[test]
fn a_role_is_taken_on_with_a_signed_request_and_renewed_4_5() {
    let ports = Scripted::new([granted("a", 1000), Act::object("v"), Act::object("w")]);
    let mut given = role("r");
    (given.role.session_name, given.role.duration_seconds) = (Some("me".into()), Some(900));
    (given.role.policy, given.external_id) = (Some("{}".into()), Some("x-1".into()));
    let client = with_roles(&ports, vec![given]);
    assert_eq!(ports.run(load(&client)).unwrap(), "v");
    assert_eq!(ports.run(load(&client)).unwrap(), "w");
    let sent = ports.sent();
    let asked = url(&sent[0].request);
    assert!(
        asked.starts_with("https://sts.aliyuncs.com/?Action=AssumeRole&Format=JSON&Version=2015-04-01&"),
        "{asked}"
    );
    assert_eq!(parameter(&asked, "AccessKeyId"), "ak");
    assert_eq!(parameter(&asked, "SecurityToken"), "canary-token");
    assert_eq!(parameter(&asked, "Timestamp"), "2022-12-28T10%3A27%3A41Z");
    assert!(parameter(&asked, "Signature").ends_with("%3D"), "{asked}");
    assert_eq!(
        sent[0].request.body,
        "DurationSeconds=900&RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&RoleSessionName=me&Policy=%7B%7D&ExternalId=x-1"
    );
    assert!(sent[1..].iter().all(|sent| who(sent) == "token-a"));
    ports.skip(Duration::from_secs(995));
    ports.play([granted("b", 3000), Act::object("x")]);
    assert_eq!(ports.run(load(&client)).unwrap(), "x");
    assert_eq!(who(&ports.sent()[1]), "token-b");
}

#[test]
fn roles_stand_on_one_another_4_5() {
    let script = metadata("a", 3600).into_iter().chain([granted("b", 3600), granted("c", 3600), Act::object("v")]);
    let ports = Scripted::new(script);
    let client = client(&ports, ecs(None, false), |config| config.roles = vec![role("first"), role("second")]);
    assert_eq!(ports.run(load(&client)).unwrap(), "v");
    let sent = ports.sent();
    let askers: Vec<_> =
        sent[3..5].iter().map(|sent| parameter(&url(&sent.request), "AccessKeyId").to_owned()).collect();
    assert_eq!(askers, ["ak-a", "ak-b"]);
    assert_eq!(who(&sent[5]), "token-c");
}

#[test]
fn a_key_that_sts_takes_no_more_is_replaced_once_4_5() {
    let expired = || no(400, "InvalidSecurityToken.Expired");
    let script = metadata("a", 3600).into_iter().chain([expired()]).chain(metadata("b", 3600));
    let ports = Scripted::new(script.chain([granted("c", 3600), Act::object("v")]));
    let reader = client(&ports, ecs(None, false), |config| config.roles = vec![role("r")]);
    assert_eq!(ports.run(load(&reader)).unwrap(), "v");
    assert_eq!(parameter(&url(&ports.sent()[7].request), "AccessKeyId"), "ak-b");
    // A fixed one can't be.
    let ports = Scripted::new([expired()]);
    let error = ports.run(load(&with_roles(&ports, vec![role("r")]))).unwrap_err();
    assert_eq!((error.kind, error.retryable), (ErrorKind::AccessDenied, false));
    assert!(error.message.contains("InvalidSecurityToken.Expired"), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[test]
fn a_wrong_clock_is_set_by_sts_for_all_that_follows_4_10() {
    let mut ports = Scripted::new([no(400, "InvalidTimeStamp.Expired"), granted("a", 3600), Act::object("v")]);
    ports.clock_error = 7 * 3600;
    assert!(ports.run(load(&with_roles(&ports, vec![role("r")]))).is_ok());
    let sent = ports.sent();
    assert_eq!(parameter(&url(&sent[1].request), "Timestamp"), "2022-12-28T10%3A27%3A41Z");
    assert_eq!(sent[2].header("x-oss-date"), "20221228T102741Z", "OSS need not say it as well");
}

#[test]
fn roles_name_their_fields_4_5() {
    type Change = fn(&mut AssumedRole);
    let cases: [(&str, Change); 5] = [
        ("roles.role-arn", |role| role.role.role_arn = "r".into()),
        ("roles.session-name", |role| role.role.session_name = Some("a b".into())),
        ("roles.duration-seconds", |role| role.role.duration_seconds = Some(43_201)),
        ("roles.external-id", |role| role.external_id = Some("x".into())),
        ("roles.endpoint", |role| role.role.endpoint = Some("http://sts.example.com".into())),
    ];
    let given = |roles: Vec<AssumedRole>| {
        let mut config: Option<Config> = None;
        // The settings of the other tests, before they are checked.
        drop(settings(|made| config = Some(made.clone())));
        let config = Config { roles, ..config.unwrap() };
        config.check()
    };
    for (field, change) in cases {
        let mut role = role("r");
        change(&mut role);
        assert_eq!(given(vec![role]).unwrap_err().field, field);
    }
    assert_eq!(given((0..9).map(|_| role("r")).collect()).unwrap_err().field, "roles");
    assert!(given((0..8).map(|_| role("r")).collect()).is_ok());
}

const SKEWED: &str =
    "<Error><Code>RequestTimeTooSkewed</Code><ServerTime>2022-12-28T10:27:41.000Z</ServerTime></Error>";

#[test]
fn credentials_of_the_host_outlive_a_clock_that_is_ahead_4_10() {
    for is_right in [false, true] {
        let skewed = (!is_right).then(|| Act::answer(403, SKEWED));
        let mut ports = Scripted::new(skewed.into_iter().chain([Act::object("v")]));
        ports.clock_error = if is_right { 0 } else { 3600 };
        let client = client(&ports, CredentialSource::Host, |_| {});
        client.credentials().supply(&ports, temporary("a", Some(START + 1000))).unwrap();
        assert!(ports.run(load(&client)).is_ok());
        // Until their own end, less the margin, nobody asks for others.
        for _ in 0..9 {
            ports.skip(Duration::from_secs(100));
            ports.play([Act::object("v")]);
            assert!(ports.run(load(&client)).is_ok());
        }
        assert!(ports.sent().iter().all(|sent| ["token-a"].contains(&who(sent))));
        ports.skip(Duration::from_secs(95));
        assert_eq!(ports.run(load(&client)).unwrap_err().kind, ErrorKind::AccessDenied);
    }
}

#[test]
fn a_nonsensical_date_is_not_believed_where_the_document_tells_the_time_4_10() {
    let skewed = |date: Option<&str>| {
        let act = Act::answer(403, SKEWED).without("date");
        date.into_iter().fold(act, |act, date| act.with("date", date))
    };
    let nonsense =
        ["soon", "Wed, 28 Dec 2022 17:27:41 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2021 00:00:00 GMT"];
    for date in [None].into_iter().chain(nonsense.map(Some)) {
        let mut ports = Scripted::new([skewed(date), Act::object("v")]);
        ports.clock_error = 7 * 3600;
        assert!(ports.run(load(&Client::new(ports.clone(), settings(|_| {})))).is_ok(), "{date:?}");
        assert_eq!(ports.sent()[1].header("x-oss-date"), "20221228T102741Z", "{date:?}");
    }
    // Without the document's, the header counts, unless it can't be right.
    for (date, is_set) in [("Wed, 28 Dec 2022 10:27:41 GMT", true), ("Thu, 01 Jan 1970 00:00:00 GMT", false)] {
        let bare = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
        let act = Act::answer(403, bare).without("date").with("date", date);
        let mut ports = Scripted::new([act].into_iter().chain(is_set.then(|| Act::object("v"))));
        ports.clock_error = 7 * 3600;
        assert_eq!(ports.run(load(&Client::new(ports.clone(), settings(|_| {})))).is_ok(), is_set, "{date}");
        assert_eq!(ports.sent().len(), if is_set { 2 } else { 1 });
    }
}

fn presigned(client: &Client<Scripted>, ports: &Scripted, seconds: u64) -> crate::oss::SignedUrl {
    let object = Root::default().object(&Key::parse("k").unwrap()).unwrap();
    ports
        .run(client.presign(&client.settings().target, "k", &object, PresignMethod::Get, Duration::from_secs(seconds)))
        .unwrap()
}

#[test]
fn a_url_ends_with_the_credentials_that_sign_it_4_10() {
    let ports = Scripted::new(metadata("a", 1000));
    let client = client(&ports, ecs(None, false), |_| {});
    let signed = presigned(&client, &ports, 7200);
    assert_eq!((signed.seconds, signed.time_is_known), (1000, false));
    assert!(signed.url.contains("x-oss-expires=1000&"), "{}", *signed.url);
    ports.skip(Duration::from_secs(400));
    assert_eq!(presigned(&client, &ports, 7200).seconds, 600);
    assert_eq!(presigned(&client, &ports, 60).seconds, 60);
    drop(ports.sent());
    // A key that has no end that is known.
    let fixed = Client::new(ports.clone(), settings(|_| {}));
    assert_eq!(presigned(&fixed, &ports, 7200).seconds, 7200);
}

#[test]
fn a_url_is_signed_with_osss_time_once_an_answer_told_it_4_10() {
    // Ten minutes ahead: OSS takes requests, and URLs would begin too late.
    let mut ports = Scripted::new([refused("AccessDenied")]);
    ports.clock_error = 600;
    let client = Client::new(ports.clone(), settings(|_| {}));
    let before = presigned(&client, &ports, 60);
    assert!(!before.time_is_known && before.url.contains("x-oss-date=20221228T103741Z"), "{}", *before.url);
    assert!(ports.run(load(&client)).is_err());
    let after = presigned(&client, &ports, 60);
    assert!(after.time_is_known && after.url.contains("x-oss-date=20221228T102741Z"), "{}", *after.url);
    // A cache's answer tells nothing, nor does a date that differs by more than OSS would have let pass.
    for act in [
        Act::object("v").with("age", "30"),
        Act::object("v").without("date").with("date", "Wed, 28 Dec 2022 01:27:41 GMT"),
        Act::object("v").without("date"),
    ] {
        let ports = Scripted::new([act]);
        let client = Client::new(ports.clone(), settings(|_| {}));
        assert_eq!(ports.run(load(&client)).unwrap(), Bytes::from("v"));
        assert!(!presigned(&client, &ports, 60).time_is_known);
    }
}
