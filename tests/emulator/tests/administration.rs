//! What belongs to a bucket and has a name of its own: domains, access points, tasks that change its redundancy.

mod support;

use std::time::Duration;

use ossicle_emulator::{BucketSpec, Emulator, Operation};
use support::{Told, ask, emulator, put};

async fn send(emulator: &Emulator, method: &str, query: &str, body: &str) -> Told {
    ask(method, "plain", "").query(query).body(body.to_owned()).send(emulator).await
}

#[tokio::test]
async fn a_domain_has_to_be_proved_unless_the_emulator_was_started_with_it() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .bucket(BucketSpec::new("other"))
        .access_key(support::ID, support::SECRET)
        .cname("mine.example", "plain")
        .start()
        .await
        .expect("starts");
    let domain = |name: &str| {
        format!("<BucketCnameConfiguration><Cname><Domain>{name}</Domain></Cname></BucketCnameConfiguration>")
    };
    let token = "cname=a.example&comp=token";
    assert_eq!(send(&emulator, "GET", token, "").await.error().1, "CnameTokenNotFound");
    let made = send(&emulator, "POST", "cname&comp=token", &domain("a.example")).await;
    assert_eq!((made.status, made.xml("Bucket"), made.xml("Cname")), (200, "plain".into(), "a.example".into()));
    assert_eq!(send(&emulator, "GET", token, "").await.xml("Token"), made.xml("Token"));
    let add = send(&emulator, "POST", "cname&comp=add", &domain("a.example")).await;
    assert_eq!((add.status, add.error().1), (403, "NeedVerifyDomainOwnership".into()));
    assert_eq!(send(&emulator, "POST", "cname&comp=add", &domain("mine.example")).await.status, 200);
    assert_eq!(send(&emulator, "GET", "cname", "").await.all("Domain"), ["mine.example"]);
    assert_eq!(ask("GET", "other", "").query("cname").send(&emulator).await.all("Domain").len(), 0);
    assert_eq!(send(&emulator, "POST", "cname&comp=delete", &domain("a.example")).await.status, 200);
    assert_eq!(send(&emulator, "GET", token, "").await.error().1, "CnameTokenNotFound");
    let told = send(&emulator, "POST", "cname&comp=delete", &domain("mine.example")).await;
    assert_eq!(told.error().1, "NotImplemented");
    send(&emulator, "POST", "cname&comp=token", &domain("a.example")).await;
    emulator.clock().advance(Duration::from_secs(72 * 3600));
    assert_eq!(send(&emulator, "GET", token, "").await.error().1, "CnameTokenNotFound");
    assert_eq!(
        send(&emulator, "POST", "cname&comp=add", "<BucketCnameConfiguration/>").await.error().1,
        "MalformedXML"
    );
}

/// Section 5. (Python v2's `test_access_point` and `test_access_point_public_access_block`.)
#[tokio::test]
async fn access_points_have_policies_and_blocks_of_their_own() {
    let emulator = emulator().await;
    let make = |bucket: &'static str, name: &str| {
        let body = format!(
            "<CreateAccessPointConfiguration><AccessPointName>{name}</AccessPointName>\
             <NetworkOrigin>internet</NetworkOrigin></CreateAccessPointConfiguration>"
        );
        let emulator = emulator.clone();
        let region = if bucket == "beijing" { "cn-beijing" } else { "cn-hangzhou" };
        async move { ask("PUT", bucket, "").query("accessPoint").body(body).region(region).send(&emulator).await }
    };
    let on = |method: &str, query: &str, name: &str, body: &str| {
        let asked = ask(method, "plain", "").query(query).header("x-oss-access-point-name", name).body(body.to_owned());
        let emulator = emulator.clone();
        async move { asked.send(&emulator).await }
    };
    for name in ["ab", "Upper", "-a1", "a-ossalias"] {
        assert_eq!(make("plain", name).await.error().1, "InvalidArgument", "{name}");
    }
    let made = make("plain", "second").await;
    assert_eq!(made.status, 200);
    assert_eq!(make("plain", "first").await.status, 200);
    assert_eq!(make("beijing", "third").await.status, 200);
    assert_eq!(make("beijing", "first").await.error().1, "AccessPointAlreadyExists");
    let told = on("GET", "accessPoint", "second", "").await;
    assert_eq!((told.xml("Alias"), told.xml("Status")), (made.xml("Alias"), "enable".into()));
    assert_eq!(told.xml("PublicEndpoint"), "second.oss-cn-hangzhou.oss-accesspoint.aliyuncs.com");
    assert_eq!(on("GET", "accessPoint", "third", "").await.error().1, "NoSuchAccessPoint");
    assert_eq!(send(&emulator, "GET", "accessPoint", "").await.all("AccessPointName"), ["first", "second"]);
    let page = ask("GET", "", "").query("accessPoint&max-keys=2").send(&emulator).await;
    assert_eq!((page.all("AccessPointName").len(), page.xml("IsTruncated")), (2, "true".into()));
    let token = page.xml("NextContinuationToken");
    let last = ask("GET", "", "").query(&format!("accessPoint&continuation-token={token}")).send(&emulator).await;
    assert_eq!((last.all("AccessPointName"), last.xml("IsTruncated")), (vec!["third".to_owned()], "false".into()));
    // Their policies.
    let policy = "{\"Version\":\"1\",\"Statement\":[]}";
    assert_eq!(on("GET", "accessPointPolicy", "second", "").await.error().1, "NoSuchAccessPointPolicy");
    assert_eq!(on("PUT", "accessPointPolicy", "other", policy).await.error().1, "NoSuchAccessPoint");
    assert_eq!(on("PUT", "accessPointPolicy", "second", "[]").await.error().1, "InvalidPolicyDocument");
    assert_eq!(on("PUT", "accessPointPolicy", "second", policy).await.status, 200);
    assert_eq!(on("GET", "accessPointPolicy", "second", "").await.text(), policy);
    assert_eq!(on("DELETE", "accessPointPolicy", "second", "").await.status, 204);
    assert_eq!(on("GET", "accessPointPolicy", "second", "").await.error().1, "NoSuchAccessPointPolicy");
    // Their blocks of public access are named in the URL, and are not that of the bucket.
    let block = "publicAccessBlock&x-oss-access-point-name=second";
    let blocked =
        "<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>";
    let state = |query: &'static str| {
        let emulator = emulator.clone();
        async move { send(&emulator, "GET", query, "").await.xml("BlockPublicAccess") }
    };
    assert_eq!(state(block).await, "false");
    assert_eq!(send(&emulator, "PUT", block, blocked).await.status, 200);
    assert_eq!((state(block).await, state("publicAccessBlock").await), ("true".into(), "false".into()));
    assert_eq!(on("GET", "accessPoint", "second", "").await.xml("BlockPublicAccess"), "true");
    assert_eq!(send(&emulator, "DELETE", block, "").await.status, 204);
    assert_eq!(state(block).await, "false");
    // What belongs to one goes with it.
    on("PUT", "accessPointPolicy", "second", policy).await;
    assert_eq!(on("DELETE", "accessPoint", "second", "").await.status, 204);
    assert_eq!(on("DELETE", "accessPoint", "second", "").await.error().1, "NoSuchAccessPoint");
    make("plain", "second").await;
    assert_eq!(on("GET", "accessPointPolicy", "second", "").await.error().1, "NoSuchAccessPointPolicy");
    assert_eq!(emulator.stats().count(Operation::GetAccessPoint), 3);
}

#[tokio::test]
async fn a_change_of_redundancy_stays_in_the_queue() {
    let emulator = emulator().await;
    let create = "redundancyTransition&x-oss-target-redundancy-type";
    assert_eq!(send(&emulator, "POST", &format!("{create}=LRS"), "").await.error().1, "InvalidArgument");
    let id = send(&emulator, "POST", &format!("{create}=ZRS"), "").await.xml("TaskId");
    let again = send(&emulator, "POST", &format!("{create}=ZRS"), "").await;
    assert_eq!(again.error().1, "BucketDataRedundancyTransitionAlreadyExist");
    let one = format!("redundancyTransition&x-oss-redundancy-transition-taskid={id}");
    let told = send(&emulator, "GET", &one, "").await;
    assert_eq!((told.xml("Bucket"), told.xml("Status")), ("plain".into(), "Queueing".into()));
    emulator.clock().advance(Duration::from_secs(60));
    let asked = ask("POST", "beijing", "").query(&format!("{create}=ZRS")).region("cn-beijing");
    let other = asked.send(&emulator).await.xml("TaskId");
    assert_eq!(send(&emulator, "GET", "redundancyTransition", "").await.all("TaskId"), [id.as_str()]);
    let page = |query: &'static str| {
        let emulator = emulator.clone();
        async move { ask("GET", "", "").query(query).send(&emulator).await }
    };
    let first = page("redundancyTransition&max-keys=1").await;
    assert_eq!((first.all("TaskId"), first.xml("NextContinuationToken")), (vec![other], "1".into()));
    let last = page("redundancyTransition&max-keys=1&continuation-token=1").await;
    assert_eq!((last.all("TaskId"), last.xml("IsTruncated")), (vec![id], "false".into()));
    assert_eq!(page("redundancyTransition&continuation-token=9").await.all("TaskId").len(), 0);
    assert_eq!(page("redundancyTransition&continuation-token=x").await.error().1, "InvalidArgument");
    assert_eq!(send(&emulator, "DELETE", &one, "").await.status, 204);
    for method in ["GET", "DELETE"] {
        let told = send(&emulator, method, &one, "").await;
        assert_eq!(told.error().1, "NoSuchBucketDataRedundancyTransition", "{method}");
    }
    assert_eq!(page("cloudboxes").await.xml("IsTruncated"), "false");
}

/// Section 5. (Python v2's `test_object_retention` and `test_object_legal_hold`; OSS documentation: PutObjectRetention.)
#[tokio::test]
async fn objects_are_retained_and_held() {
    let emulator = emulator().await;
    let retain = |mode: &str, date: &str, bypass: bool| {
        let body = format!("<Retention><Mode>{mode}</Mode><RetainUntilDate>{date}</RetainUntilDate></Retention>");
        let mut asked = ask("PUT", "versioned", "k").query("retention").body(body);
        if bypass {
            asked = asked.header("x-oss-bypass-governance-retention", "true");
        }
        let emulator = emulator.clone();
        async move { asked.send(&emulator).await }
    };
    let get = |query: &'static str| {
        let emulator = emulator.clone();
        async move { ask("GET", "versioned", "k").query(query).send(&emulator).await }
    };
    let (near, far) = ("2090-01-01T00:00:00.000Z", "2095-01-01T00:00:00.000Z");
    put(&emulator, "versioned", "k", "value").await;
    assert_eq!(retain("GOVERNANCE", far, false).await.error().1, "InvalidRequest");
    let worm = |rule: &str| {
        format!(
            "<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled>{rule}</ObjectWormConfiguration>"
        )
    };
    let set = |bucket: &'static str, rule: &str| {
        let asked = ask("PUT", bucket, "").query("objectWorm").body(worm(rule));
        let emulator = emulator.clone();
        async move { asked.send(&emulator).await }
    };
    let rule =
        |inner: &str| format!("<Rule><DefaultRetention><Mode>COMPLIANCE</Mode>{inner}</DefaultRetention></Rule>");
    assert_eq!(set("plain", "").await.error().1, "InvalidBucketState");
    for inner in ["", "<Days>0</Days>", "<Days>1</Days><Years>1</Years>"] {
        assert_eq!(set("versioned", &rule(inner)).await.error().1, "MalformedXML", "{inner}");
    }
    assert_eq!(set("versioned", &rule("<Days>1</Days>")).await.status, 200);
    assert_eq!(ask("GET", "versioned", "").query("objectWorm").send(&emulator).await.xml("Days"), "1");
    for what in ["retention", "legalHold"] {
        assert_eq!(get(what).await.error().1, "NoSuchObjectWormConfiguration", "{what}");
    }
    assert_eq!(retain("OTHER", far, false).await.error().1, "MalformedXML");
    assert_eq!(retain("GOVERNANCE", "2020-01-01T00:00:00.000Z", false).await.error().1, "InvalidArgument");
    assert_eq!(retain("GOVERNANCE", far, false).await.status, 200);
    assert_eq!(retain("GOVERNANCE", near, false).await.error().1, "AccessDenied");
    assert_eq!(retain("GOVERNANCE", near, true).await.status, 200);
    assert_eq!(retain("COMPLIANCE", far, false).await.status, 200);
    assert_eq!(retain("COMPLIANCE", near, true).await.error().1, "AccessDenied");
    assert_eq!(retain("GOVERNANCE", far, true).await.error().1, "AccessDenied");
    let told = get("retention").await;
    assert_eq!((told.xml("Mode"), told.xml("RetainUntilDate")), ("COMPLIANCE".into(), far.into()));
    assert!(!told.header("x-oss-version-id").is_empty());
    for status in ["ON", "OFF"] {
        let body = format!("<LegalHold><Status>{status}</Status></LegalHold>");
        assert_eq!(ask("PUT", "versioned", "k").query("legalHold").body(body).send(&emulator).await.status, 200);
        assert_eq!(get("legalHold").await.xml("Status"), status);
    }
    let odd = ask("PUT", "versioned", "k").query("legalHold").body("<LegalHold><Status>on</Status></LegalHold>");
    assert_eq!(odd.send(&emulator).await.error().1, "MalformedXML");
    // A copy is another object, and what is appended to is not retained.
    ask("PUT", "versioned", "copy").header("x-oss-copy-source", "/versioned/k").send(&emulator).await;
    let copied = ask("GET", "versioned", "copy").query("retention").send(&emulator).await;
    assert_eq!(copied.error().1, "NoSuchObjectWormConfiguration");
    ask("POST", "versioned", "log").query("append&position=0").body("x").send(&emulator).await;
    let held = ask("PUT", "versioned", "log").query("legalHold").body("<LegalHold><Status>ON</Status></LegalHold>");
    assert_eq!(held.send(&emulator).await.error().1, "OperationNotSupported");
}

/// (ossutil's `TestListRegionBucketByEndpoint` against the service.)
#[tokio::test]
async fn the_buckets_of_one_region_can_be_listed() {
    let emulator = emulator().await;
    for (query, names) in [("regionList", 1), ("", 4)] {
        let asked = ask("GET", "", "").query(query).host("oss-cn-beijing.aliyuncs.com").region("cn-beijing");
        let told = asked.send(&emulator).await;
        assert_eq!((told.status, told.all("Name").len()), (200, names), "?{query}");
    }
    assert_eq!(ask("GET", "", "").query("regionList").send(&emulator).await.all("Name").len(), 4);
}
