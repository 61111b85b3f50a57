//! What other accounts may do: by a bucket's policy, and where the requester pays.

mod support;

use ossicle_emulator::{AccessKey, Emulator};
use support::{Sign, ask, emulator, presign_v1, put};

const OTHER: &str = "2234567890123456";

/// An emulator whose bucket `plain` has a policy, asked by another account from then on.
async fn with_policy(statements: &str) -> Emulator {
    let emulator = emulator().await;
    put(&emulator, "plain", "open/a", "value").await;
    put(&emulator, "plain", "shut/a", "value").await;
    let policy = format!("{{\"Version\":\"1\",\"Statement\":[{statements}]}}");
    assert_eq!(ask("PUT", "plain", "").query("policy").body(policy).send(&emulator).await.status, 200);
    emulator.add_key(AccessKey::new(support::ID, support::SECRET).owner(OTHER));
    emulator
}

fn statement(effect: &str, principal: &str, action: &str, resource: &str, rest: &str) -> String {
    format!(
        "{{\"Effect\":\"{effect}\",\"Principal\":[\"{principal}\"],\"Action\":[\"{action}\"],\"Resource\":[\"acs:oss:*:*:{resource}\"]{rest}}}"
    )
}

/// The statuses of a read and a write below `open/`, a read below `shut/`, and a listing.
async fn statuses(emulator: &Emulator, sign: Sign) -> [u16; 4] {
    let mut statuses = [0; 4];
    for (place, (method, key)) in
        [("GET", "open/a"), ("PUT", "open/b"), ("GET", "shut/a"), ("GET", "")].into_iter().enumerate()
    {
        statuses[place] = ask(method, "plain", key).sign(sign).send(emulator).await.status;
    }
    statuses
}

#[tokio::test]
async fn a_policy_lets_others_do_what_it_names() {
    for (statements, signed, anonymous) in [
        (statement("Allow", OTHER, "oss:GetObject", "plain/open/*", ""), [200, 403, 403, 403], [403; 4]),
        (statement("Allow", "*", "oss:Get*", "plain/*", ""), [200, 403, 200, 403], [200, 403, 200, 403]),
        (statement("Allow", OTHER, "oss:*", "plain*", ""), [200; 4], [403; 4]),
        (statement("Allow", OTHER, "oss:*", "plain", ""), [403, 403, 403, 200], [403; 4]),
        // To name nobody is to name everybody, as `a_policy_for_everybody_is_public` has it.
        (
            r#"{"Effect":"Allow","Action":["oss:GetObject"],"Resource":["acs:oss:*:*:plain/*"]}"#.to_owned(),
            [200, 403, 200, 403],
            [200, 403, 200, 403],
        ),
        (
            r#"{"Effect":"Allow","NotPrincipal":["1"],"Action":["oss:*"],"Resource":["acs:oss:*:*:plain*"]}"#
                .to_owned(),
            [200; 4],
            [200; 4],
        ),
        (statement("Allow", "1", "oss:*", "plain*", ""), [403; 4], [403; 4]),
        (statement("Allow", OTHER, "oss:*", "plain*", ",\"Condition\":{}"), [403; 4], [403; 4]),
        (
            statement("Allow", OTHER, "oss:*", "plain*", "")
                + ","
                + &statement("Deny", "*", "oss:*", "plain/shut/*", ""),
            [200, 200, 403, 200],
            [403; 4],
        ),
    ] {
        let emulator = with_policy(&statements).await;
        assert_eq!(statuses(&emulator, Sign::V4).await, signed, "{statements}");
        assert_eq!(statuses(&emulator, Sign::Not).await, anonymous, "{statements}");
    }
}

#[tokio::test]
async fn blocked_public_access_takes_back_what_a_policy_grants_everybody() {
    let block =
        "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>";
    for (principal, status) in [("*", 403), (OTHER, 200)] {
        let emulator = with_policy(&statement("Allow", principal, "oss:*", "plain*", "")).await;
        let told = ask("PUT", "plain", "").query("publicAccessBlock").body(block).send(&emulator).await;
        assert_eq!(told.status, 200);
        assert_eq!(ask("GET", "plain", "open/a").send(&emulator).await.status, status, "{principal}");
    }
}

#[tokio::test]
async fn who_pays_must_sign_and_say_so() {
    let emulator = with_policy(&statement("Allow", "*", "oss:*", "plain*", "")).await;
    let payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    assert_eq!(ask("PUT", "plain", "").query("requestPayment").body(payer).send(&emulator).await.status, 200);
    let get = || ask("GET", "plain", "open/a");
    assert_eq!(
        get().sign(Sign::Not).send(&emulator).await.error(),
        (403, "AccessDenied".into(), "0003-00000701".into())
    );
    assert_eq!(get().send(&emulator).await.error().2, "0003-00000703");
    assert_eq!(get().header("x-oss-request-payer", "owner").send(&emulator).await.error().2, "0003-00000703");
    assert_eq!(get().header("x-oss-request-payer", "requester").send(&emulator).await.status, 200);
    let signed = presign_v1("GET", "plain", "open/a", support::now(&emulator) + 60);
    let told = get().sign(Sign::Not).query(&signed).send(&emulator).await;
    assert_eq!(told.error().2, "0003-00000702");
    // The source of a copy has a payer too.
    let copy = |asked: support::Ask| asked.header("x-oss-copy-source", "/plain/open/a");
    assert_eq!(copy(ask("PUT", "plain", "copy")).send(&emulator).await.error().2, "0003-00000703");
    let paid = copy(ask("PUT", "plain", "copy")).header("x-oss-request-payer", "requester");
    assert_eq!(paid.send(&emulator).await.status, 200);
    // The owner pays anyhow.
    emulator.add_key(AccessKey::new(support::ID, support::SECRET));
    assert_eq!(get().send(&emulator).await.status, 200);
}

/// A policy is public if it allows something to everybody without a condition, and to name nobody is to name everybody.
/// (Python v2's `test_bucket_policy`.)
#[tokio::test]
async fn a_policy_for_everybody_is_public() {
    let emulator = emulator().await;
    for (statement, public) in [
        (r#"{"Effect":"Allow","Action":["oss:PutObject"],"Resource":["*"]}"#, "true"),
        (r#"{"Effect":"Allow","Principal":["*"],"Action":["oss:PutObject"],"Resource":["*"]}"#, "true"),
        (r#"{"Effect":"Allow","Principal":["1"],"Action":["oss:PutObject"],"Resource":["*"]}"#, "false"),
        (r#"{"Effect":"Allow","NotPrincipal":["1"],"Action":["oss:PutObject"],"Resource":["*"]}"#, "true"),
        (r#"{"Effect":"Deny","Principal":["*"],"Action":["oss:PutObject"],"Resource":["*"]}"#, "false"),
        (r#"{"Effect":"Allow","Principal":["*"],"Action":["oss:*"],"Resource":["*"],"Condition":{}}"#, "false"),
    ] {
        let policy = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
        assert_eq!(
            ask("PUT", "plain", "").query("policy").body(policy).send(&emulator).await.status,
            200,
            "{statement}"
        );
        let told = ask("GET", "plain", "").query("policyStatus").send(&emulator).await;
        assert_eq!(told.xml("IsPublic"), public, "{statement}");
    }
}
