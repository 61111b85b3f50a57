//! How it is asked for and answered: ranges, signatures, hosts, listings, names, errors.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ossicle_emulator::{AccessKey, BucketSpec, Emulator, FaultAction, FaultRule, Operation, SignatureKind, crc64};

use crate::support::{self, Sign, ask, element, emulator, get, gmt, iso, now, presign_v1, presign_v4, put};

#[tokio::test]
async fn thing_01_an_unsatisfiable_range_means_the_whole_object() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "0123456789").await;
    for range in ["bytes=5-10", "bytes=10-", "bytes=100-200", "bytes=7-3", "bytes=-11", "byte=0-1"] {
        let told = ask("GET", "plain", "k").header("range", range).send(&emulator).await;
        assert_eq!((told.status, told.text().as_str()), (200, "0123456789"), "{range}");
        assert_eq!(told.header("content-range"), "", "{range}");
    }
    let told = ask("GET", "plain", "k").header("range", "bytes=2-4").send(&emulator).await;
    assert_eq!((told.status, told.header("content-range"), told.text().as_str()), (206, "bytes 2-4/10", "234"));
    assert_eq!(told.header("x-oss-hash-crc64ecma"), crc64(b"0123456789").to_string());
}

#[tokio::test]
async fn thing_02_standard_ranges_and_the_empty_suffix() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "0123456789").await;
    let standard =
        |range: &str| ask("GET", "plain", "k").header("range", range).header("x-oss-range-behavior", "standard");
    let told = standard("bytes=5-100").send(&emulator).await;
    assert_eq!((told.status, told.header("content-range"), told.text().as_str()), (206, "bytes 5-9/10", "56789"));
    assert_eq!(standard("bytes=10-").send(&emulator).await.error().1, "InvalidRange");
    let told = ask("GET", "plain", "k").header("range", "bytes=-0").send(&emulator).await;
    assert_eq!((told.status, told.xml("Code")), (416, "InvalidRange".into()));
    assert_eq!(told.xml("Message"), "The requested range cannot be satisfied");
}

#[tokio::test]
async fn thing_09_errors_of_head_are_in_headers() {
    let emulator = emulator().await;
    let told = ask("HEAD", "plain", "absent").send(&emulator).await;
    assert_eq!((told.status, told.header("x-oss-ec")), (404, "0026-00000001"));
    let document = STANDARD.decode(told.header("x-oss-err")).expect("base64");
    let document = String::from_utf8(document).expect("text");
    assert_eq!(element(&document, "Code"), "NoSuchKey");
    assert_eq!(element(&document, "RequestId"), told.header("x-oss-request-id"));
    assert!(told.body.is_empty());
}

#[tokio::test]
async fn thing_11_the_bucket_is_signed_wherever_it_stands() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .cname("files.example.com", "plain")
        .access_key(support::ID, support::SECRET)
        .start()
        .await
        .expect("starts");
    put(&emulator, "plain", "a/ü+k", "value").await;
    let port = emulator.addr().port();
    for host in [
        format!("plain.localhost:{port}"),
        "plain.oss-cn-hangzhou.aliyuncs.com".into(),
        "plain.oss-cn-hangzhou-internal.aliyuncs.com".into(),
        "plain.oss-accelerate.aliyuncs.com".into(),
        "files.example.com".into(),
    ] {
        for sign in [Sign::V4, Sign::V1] {
            let told = ask("GET", "plain", "a/ü+k").host(&host).sign(sign).send(&emulator).await;
            assert_eq!((told.status, told.text().as_str()), (200, "value"), "{host}");
        }
    }
    // The test client writes a space after the comma; the host is not among the signed headers.
    let kinds: Vec<_> = emulator.requests().iter().map(|request| request.signature).collect();
    assert_eq!(kinds[1..3], [Some(SignatureKind::V4Header), Some(SignatureKind::V1Header)]);
}

#[tokio::test]
async fn thing_12_version_4_is_strict() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "value").await;
    let get = || ask("GET", "plain", "k");
    for region in ["cn-beijing", "oss-cn-hangzhou"] {
        let told = get().region(region).send(&emulator).await;
        assert_eq!(told.error(), (400, "InvalidArgument".into(), "0002-00000226".into()));
        assert_eq!(told.xml("Message"), "Invalid signing region in Authorization header.");
    }
    let told = get().product("oss-cloudbox").send(&emulator).await;
    assert_eq!(told.error(), (400, "InvalidArgument".into(), "0002-00000227".into()));
    assert_eq!(told.xml("Message"), "Invalid signing product in Authorization header.");
    let told = get().header("x-oss-content-sha256", "e3b0c442").send(&emulator).await;
    assert_eq!(told.xml("EC"), "0002-00000214");
    for (offset, code) in [(-899, ""), (899, ""), (-902, "RequestTimeTooSkewed"), (902, "RequestTimeTooSkewed")] {
        let told = get().header("x-oss-date", &iso(now(&emulator) + offset)).send(&emulator).await;
        assert_eq!(told.xml("Code"), code, "{offset}");
    }
    let at = |seconds: i64, expires: &str, region: &str| {
        let query = presign_v4("GET", "plain", "k", &iso(now(&emulator) + seconds), expires, region);
        get().sign(Sign::Not).query(&query)
    };
    assert_eq!(at(0, "1", "cn-hangzhou").send(&emulator).await.text(), "value");
    assert_eq!(at(0, "604800", "cn-hangzhou").send(&emulator).await.status, 200);
    for expires in ["0", "604801", "-1", "x"] {
        assert_eq!(at(0, expires, "cn-hangzhou").send(&emulator).await.xml("EC"), "0002-00000232", "{expires}");
    }
    assert_eq!(at(-61, "60", "cn-hangzhou").send(&emulator).await.error().1, "AccessDenied");
    assert_eq!(at(890, "60", "cn-hangzhou").send(&emulator).await.status, 200);
    assert_eq!(at(902, "60", "cn-hangzhou").send(&emulator).await.xml("EC"), "0002-00000235");
    let told = at(0, "60", "cn-beijing").send(&emulator).await;
    assert_eq!(
        (told.xml("EC"), told.xml("Message")),
        ("0002-00000228".into(), "The signing region in credential is invalid.".into())
    );
    let credential = format!("Credential={}/20250101/cn-hangzhou/oss/aliyun_v4_request", support::ID);
    let forged = |text: &str| get().header("authorization", &format!("OSS4-HMAC-SHA256 {text}"));
    let told = forged(&format!("{credential},AdditionalHeaders=,Signature=00")).send(&emulator).await;
    assert_eq!(told.xml("EC"), "0002-00000209");
    assert_eq!(forged(&format!("{credential},Signature=00")).send(&emulator).await.xml("EC"), "0002-00000212");
    assert_eq!(forged("Credential=a/b,Signature=00").send(&emulator).await.xml("EC"), "0002-00000213");
    assert_eq!(forged(&credential).send(&emulator).await.xml("EC"), "0002-00000219");
    let told = get().sign(Sign::Not).send(&emulator).await;
    assert_eq!(told.error().1, "AccessDenied");
    let both = at(0, "60", "cn-hangzhou").header("authorization", "OSS a:b").send(&emulator).await;
    assert_eq!(both.error().1, "InvalidArgument");
}

/// 5: two official clients sign version 4 with `Date` and send no `x-oss-date`.
#[tokio::test]
async fn version_4_signs_the_date_that_is_sent() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "value").await;
    let dated = |date: &str| ask("GET", "plain", "k").sign(Sign::V4ByDate).header("date", date);
    let told = dated(&gmt(now(&emulator))).send(&emulator).await;
    assert_eq!((told.status, told.text().as_str()), (200, "value"), "{}", told.text());
    let told = dated(&gmt(now(&emulator) - 902)).send(&emulator).await;
    assert_eq!(told.error(), (403, "RequestTimeTooSkewed".into(), "0002-00000504".into()));
    // Each of the two headers has a spelling of its own, and x-oss-date counts where both are.
    let told = dated(&iso(now(&emulator))).send(&emulator).await;
    assert_eq!(told.error(), (403, "AccessDenied".into(), "0002-00000502".into()));
    let both = ask("GET", "plain", "k").header("date", &gmt(now(&emulator) - 5000)).send(&emulator).await;
    assert_eq!(both.status, 200);
    let today = iso(now(&emulator))[..8].to_owned();
    let spelled = ask("GET", "plain", "k").header("x-oss-date", &gmt(now(&emulator))).day(&today);
    let spelled = spelled.send(&emulator).await;
    assert_eq!(spelled.error(), (403, "AccessDenied".into(), "0002-00000502".into()));
    // The day of the credential is that of the date.
    let told = dated(&gmt(now(&emulator))).day("20250101").send(&emulator).await;
    assert_eq!(told.xml("EC"), "0002-00000212");
}

/// 5: the bucket is looked for before the key is.
#[tokio::test]
async fn strangers_are_told_that_a_bucket_is_missing() {
    let emulator = emulator().await;
    let stranger = |method: &str, bucket: &str| {
        ask(method, bucket, "").header("authorization", "OSS nobody:bad").header("date", &gmt(now(&emulator)))
    };
    let missing = (404, "NoSuchBucket".to_owned(), "0015-00000101".to_owned());
    assert_eq!(stranger("GET", "nowhere").send(&emulator).await.error(), missing);
    assert_eq!(ask("GET", "nowhere", "k").sign(Sign::Not).send(&emulator).await.error(), missing);
    assert_eq!(stranger("GET", "plain").send(&emulator).await.error().1, "InvalidAccessKeyId");
    assert_eq!(ask("GET", "plain", "k").sign(Sign::Not).send(&emulator).await.error().1, "AccessDenied");
    // Who is known and signs wrongly learns nothing, and making a bucket takes a key.
    let wrong =
        ask("GET", "nowhere", "").header("authorization", "OSS test-id:bad").header("date", &gmt(now(&emulator)));
    assert_eq!(wrong.send(&emulator).await.error().1, "SignatureDoesNotMatch");
    assert_eq!(stranger("PUT", "nowhere").send(&emulator).await.error().1, "InvalidAccessKeyId");
    assert_eq!(ask("PUT", "nowhere", "").sign(Sign::Not).send(&emulator).await.error().1, "AccessDenied");
}

#[tokio::test]
async fn thing_13_version_1_signs_the_raw_key_and_an_absolute_expiry() {
    let emulator = emulator().await;
    let key = "a b+c/ü%.txt";
    let v1 = |method: &str| ask(method, "plain", key).sign(Sign::V1);
    assert_eq!(v1("PUT").body("value").send(&emulator).await.status, 200);
    assert_eq!(v1("GET").send(&emulator).await.text(), "value");
    // Parameters of a listing are not signed; sub-resources are.
    let list = ask("GET", "plain", "").query("prefix=a%20b&max-keys=2").sign(Sign::V1).send(&emulator).await;
    assert_eq!(list.xml("Key"), key);
    let signed = presign_v1("GET", "plain", key, now(&emulator) + 60);
    let told = ask("GET", "plain", key).sign(Sign::Not).query(&signed).send(&emulator).await;
    assert_eq!((told.status, told.text().as_str()), (200, "value"));
    // 60 as an absolute time is 1970.
    let signed = presign_v1("GET", "plain", key, 60);
    let told = ask("GET", "plain", key).sign(Sign::Not).query(&signed).send(&emulator).await;
    assert_eq!(told.error(), (403, "AccessDenied".into(), "0002-00000069".into()));
    let told = v1("GET").header("date", &gmt(now(&emulator) - 1000)).send(&emulator).await;
    assert_eq!(told.error(), (403, "RequestTimeTooSkewed".into(), "0002-00000504".into()));
    let told = v1("GET").header("date", &gmt(now(&emulator))).header("authorization", "OSS test-id:bad");
    let told = told.send(&emulator).await;
    assert_eq!(told.error(), (403, "SignatureDoesNotMatch".into(), "0002-00000040".into()));
    assert!(told.xml("StringToSign").starts_with("GET\n"));
    assert_eq!(told.xml("SignatureProvided"), "bad");
    let told = v1("GET").header("authorization", "OSS nobody:bad").send(&emulator).await;
    assert_eq!(told.error(), (403, "InvalidAccessKeyId".into(), "0002-00000902".into()));
}

#[tokio::test]
async fn thing_16_listings() {
    let emulator = emulator().await;
    let bucket = emulator.bucket("plain");
    for number in 0..150 {
        bucket.put_raw(&format!("n/{number:03}"), "x");
    }
    for key in ["a b+c", "dir/1", "dir/2", "top"] {
        bucket.put_raw(key, "x");
    }
    let list = |query: &str| ask("GET", "plain", "").query(query);
    let told = list("").send(&emulator).await;
    assert_eq!(
        (told.all("Contents").len(), told.xml("MaxKeys"), told.xml("IsTruncated")),
        (100, "100".into(), "true".into())
    );
    assert!(told.text().contains("<NextMarker>n/096</NextMarker>") && told.text().contains("<Owner>"));
    assert!(told.xml("LastModified").ends_with(".000Z"));
    for wrong in ["max-keys=0", "max-keys=1001", "max-keys=x", "list-type=2&max-keys=1001"] {
        assert_eq!(list(wrong).send(&emulator).await.error(), (400, "InvalidArgument".into(), "0015-00000402".into()));
    }
    let told = list("list-type=2").send(&emulator).await;
    assert_eq!((told.xml("KeyCount"), told.xml("MaxKeys")), ("100".into(), "100".into()));
    assert!(!told.text().contains("<Owner>"));
    assert!(list("list-type=2&fetch-owner=true").send(&emulator).await.text().contains("<Owner>"));
    let told = list("list-type=2&encoding-type=url&max-keys=1").send(&emulator).await;
    assert_eq!(told.xml("Key"), "a%20b%2Bc");
    assert_eq!(list("encoding-type=base32").send(&emulator).await.xml("EC"), "0017-00000235");
    // Groups count, and pages go on after them.
    let mut seen = Vec::new();
    let mut query = "list-type=2&delimiter=%2F&max-keys=1".to_owned();
    loop {
        let told = list(&query).send(&emulator).await;
        assert_eq!(told.xml("KeyCount"), "1");
        seen.extend(told.all("Key"));
        seen.extend(told.all("CommonPrefixes").iter().map(|group| element(group, "Prefix")));
        let token = told.xml("NextContinuationToken");
        if token.is_empty() {
            break;
        }
        let token = token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        query = format!("list-type=2&delimiter=%2F&max-keys=1&continuation-token={token}");
    }
    assert_eq!(seen, ["a b+c", "dir/", "n/", "top"]);
    let told = list("delimiter=%2F&max-keys=2").send(&emulator).await;
    assert_eq!(told.xml("NextMarker"), "dir/");
    let told = list("delimiter=%2F&max-keys=2&marker=dir%2F").send(&emulator).await;
    assert_eq!((told.xml("Key"), told.xml("IsTruncated")), ("top".into(), "false".into()));
}

#[tokio::test]
async fn thing_17_hosts() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("plain"))
        .bucket(BucketSpec::new("fresh").public_endpoint_forbidden())
        .access_key(support::ID, support::SECRET)
        .start()
        .await
        .expect("starts");
    put(&emulator, "plain", "k", "value").await;
    let told = ask("GET", "plain", "k").host("oss-cn-hangzhou.aliyuncs.com").raw_path("/plain/k").send(&emulator).await;
    assert_eq!((told.status, told.xml("Code")), (403, "SecondLevelDomainForbidden".into()));
    assert_eq!(told.xml("Message"), "Please use virtual hosted style to access.");
    let away = ask("GET", "plain", "k").host("plain.oss-cn-beijing.aliyuncs.com").region("cn-beijing");
    let told = away.send(&emulator).await;
    assert_eq!((told.status, told.xml("Code")), (403, "AccessDenied".into()));
    assert_eq!(told.xml("Endpoint"), "oss-cn-hangzhou.aliyuncs.com");
    let public = ask("PUT", "fresh", "k").host("fresh.oss-cn-hangzhou.aliyuncs.com").body("x").send(&emulator).await;
    assert_eq!(public.error(), (400, "PublicEndpointForbidden".into(), "0048-00000401".into()));
    let settings = ask("GET", "fresh", "").query("versioning").host("fresh.oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(settings.send(&emulator).await.status, 200);
    let internal = ask("PUT", "fresh", "k").host("fresh.oss-cn-hangzhou-internal.aliyuncs.com").body("x");
    assert_eq!(internal.send(&emulator).await.status, 200);
}

#[tokio::test]
async fn thing_19_names() {
    let emulator = emulator().await;
    let at = |path: String, key: &str| ask("PUT", "plain", key).raw_path(&path).body("x");
    for (path, key, ec) in [
        ("/plain//abs".into(), "/abs", "0016-00000005"),
        ("/plain/%5Cback".into(), "\\back", "0016-00000005"),
        (format!("/plain/{}", "k".repeat(1024)), &*"k".repeat(1024), "0016-00000003"),
        ("/plain/%FF%FE".into(), "bytes", "0016-00000002"),
    ] {
        let told = at(path, key).send(&emulator).await;
        assert_eq!(told.error(), (400, "InvalidObjectName".into(), ec.into()));
    }
    let odd = ["a/../b", "a//b", "./c", "d/", "e\u{301}", "\u{e9}", " f ", "g?h#i", "%2F", &"k".repeat(1023)];
    for key in odd {
        assert_eq!(ask("PUT", "plain", key).body(key.to_owned()).send(&emulator).await.status, 200, "{key}");
    }
    for key in odd {
        assert_eq!(get(&emulator, "plain", key).await.text(), key);
    }
    assert_eq!(emulator.bucket("plain").keys().len(), odd.len());
    for name in ["ab", "Upper", "under_score", "-edge"] {
        let told = ask("PUT", name, "").send(&emulator).await;
        assert_eq!(told.error().1, "InvalidBucketName", "{name}");
    }
}

/// `{"callbackUrl":"http://127.0.0.1:1","callbackBody":"x"}`, where nobody listens.
const UNREACHABLE: &str = "eyJjYWxsYmFja1VybCI6Imh0dHA6Ly8xMjcuMC4wLjE6MSIsImNhbGxiYWNrQm9keSI6IngifQ==";

#[tokio::test]
async fn thing_20_error_documents_throttling_dates_and_callbacks() {
    let emulator = emulator().await;
    let told = get(&emulator, "plain", "absent").await;
    assert_eq!(told.error(), (404, "NoSuchKey".into(), "0026-00000001".into()));
    assert_eq!(told.xml("Key"), "absent");
    let id = told.xml("RequestId");
    assert_eq!(id, told.header("x-oss-request-id"));
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)));
    assert!(!told.xml("HostId").is_empty() && !told.header("date").is_empty());
    assert_eq!(told.xml("RecommendDoc"), "https://api.aliyun.com/troubleshoot?q=0026-00000001");
    assert_eq!(told.header("x-oss-ec"), "0026-00000001");
    assert!(told.header("x-oss-server-time").parse::<u64>().is_ok());
    assert_ne!(get(&emulator, "plain", "absent").await.xml("RequestId"), id);
    let told = get(&emulator, "nowhere", "k").await;
    assert_eq!(told.error(), (404, "NoSuchBucket".into(), "0015-00000101".into()));
    let throttle = FaultAction::Throttle { status: 503, code: "TotalQpsLimitExceeded".into(), retry_after: Some(2) };
    let fault = emulator.faults().add(FaultRule::new(throttle).on(Operation::GetObject).once());
    let told = get(&emulator, "plain", "absent").await;
    assert_eq!(told.error(), (503, "TotalQpsLimitExceeded".into(), "0004-00000302".into()));
    assert_eq!((told.header("retry-after"), fault.hits()), ("2", 1));
    let called = ask("PUT", "plain", "k").header("x-oss-callback", UNREACHABLE).body("x").send(&emulator).await;
    assert_eq!((called.status, called.xml("Code")), (203, "CallbackFailed".into()));
    assert_eq!(emulator.bucket("plain").keys(), ["k"]);
    emulator.clock().freeze(std::time::UNIX_EPOCH + Duration::from_millis(1_700_000_000_700));
    assert_eq!(get(&emulator, "plain", "k").await.header("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    let told = ask("PATCH", "plain", "k").send(&emulator).await;
    assert_eq!((told.status, told.xml("Code")), (405, "MethodNotAllowed".into()));
    assert!(!told.header("allow").is_empty());
    // 5: what is not known is not taken for something else.
    let told = ask("PUT", "plain", "").query("newsetting").send(&emulator).await;
    assert_eq!(told.xml("Code"), "NotImplemented");
    let told = ask("PUT", "plain", "k").body("").without_length().send(&emulator).await;
    assert_eq!(told.error().1, "MissingContentLength");
}

#[tokio::test]
async fn temporary_keys_need_their_token_in_time() {
    let emulator = emulator().await;
    let end = emulator.clock().now() + Duration::from_secs(600);
    emulator.add_key(AccessKey::new(support::ID, support::SECRET).token("token").expires(end));
    emulator.add_key(AccessKey::new("other", "other").token("another"));
    let with = |token: &str| ask("PUT", "plain", "k").header("x-oss-security-token", token).body("x");
    for sign in [Sign::V4, Sign::V1] {
        assert_eq!(with("token").sign(sign).send(&emulator).await.status, 200);
    }
    assert_eq!(put(&emulator, "plain", "k", "x").await.error().1, "InvalidSecurityToken");
    assert_eq!(
        with("wrong").send(&emulator).await.error(),
        (403, "InvalidSecurityToken".into(), "0002-00000006".into())
    );
    assert_eq!(with("another").send(&emulator).await.error().1, "AccessKeyIdAndSecurityTokenNotMatch");
    emulator.clock().advance(Duration::from_secs(601));
    assert_eq!(
        with("token").send(&emulator).await.error(),
        (403, "SecurityTokenExpired".into(), "0002-00000007".into())
    );
}
