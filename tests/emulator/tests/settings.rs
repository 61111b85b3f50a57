//! Buckets: how they are made, who may do what in them, and their settings.

mod support;

use ossicle_emulator::{AccessKey, BucketSpec, Emulator, Operation};
use support::{Sign, Told, ask, emulator, get, put};

const NO_RIGHT: &str = "You have no right to access this object because of bucket acl.";

/// Section 5: ACLs of both levels are enforced, the object's before the bucket's.
#[tokio::test]
async fn acls_let_others_read_and_write() {
    let emulator = emulator().await;
    let anonymous = |method: &str, key: &str| ask(method, "plain", key).sign(Sign::Not);
    for (key, acl) in [("default", ""), ("private", "private"), ("read", "public-read"), ("write", "public-read-write")]
    {
        let mut object = ask("PUT", "plain", key).body("value");
        if !acl.is_empty() {
            object = object.header("x-oss-object-acl", acl);
        }
        assert_eq!(object.send(&emulator).await.status, 200);
    }
    for (acl, key, read, write) in [
        ("private", "default", false, false),
        ("private", "read", true, false),
        ("private", "write", true, true),
        ("public-read", "default", true, false),
        ("public-read", "private", false, false),
        ("public-read", "absent", true, false),
        ("public-read-write", "default", true, true),
        ("public-read-write", "private", false, false),
        ("public-read-write", "read", true, false),
    ] {
        let told = ask("PUT", "plain", "").query("acl").header("x-oss-acl", acl).send(&emulator).await;
        assert_eq!(told.status, 200);
        let told = anonymous("GET", key).send(&emulator).await;
        let allowed = if key == "absent" { 404 } else { 200 };
        assert_eq!(told.status, if read { allowed } else { 403 }, "GET {key} in {acl}");
        if !read {
            assert_eq!(told.xml("Message"), NO_RIGHT);
        }
        assert_eq!(anonymous("HEAD", key).send(&emulator).await.status == 403, !read, "HEAD {key} in {acl}");
        // An append to a Normal object fails for another reason if it is allowed.
        let told = anonymous("POST", key).query("append&position=0").body("x").send(&emulator).await;
        assert_eq!(told.status == 403, !write, "POST {key} in {acl}");
        // What is not about objects stays the owner's.
        assert_eq!(anonymous("GET", "").send(&emulator).await.error().1, "AccessDenied");
        assert_eq!(anonymous("GET", "").query("acl").send(&emulator).await.error().1, "AccessDenied");
    }
    assert_eq!(ask("GET", "", "").sign(Sign::Not).send(&emulator).await.error().1, "AccessDenied");
    // Whoever signs with another account is a stranger as well.
    emulator.add_key(AccessKey::new(support::ID, support::SECRET).owner("another-account"));
    assert_eq!(get(&emulator, "plain", "default").await.text(), "value");
    assert_eq!(get(&emulator, "plain", "private").await.xml("Message"), NO_RIGHT);
    let copy = ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/private").send(&emulator).await;
    assert_eq!(copy.error().1, "AccessDenied");
    let copy = ask("PUT", "plain", "copy").header("x-oss-copy-source", "/plain/read").send(&emulator).await;
    assert_eq!(copy.status, 200);
}

/// Section 5: a block of public access takes what ACLs grant back, and lets no more be granted.
#[tokio::test]
async fn public_access_can_be_blocked() {
    let emulator = emulator().await;
    let acl = |acl: &str| ask("PUT", "plain", "").query("acl").header("x-oss-acl", acl);
    assert_eq!(acl("public-read").send(&emulator).await.status, 200);
    put(&emulator, "plain", "k", "value").await;
    let read = || ask("GET", "plain", "k").sign(Sign::Not);
    assert_eq!(read().send(&emulator).await.status, 200);
    let document = |blocked: bool| {
        format!(
            "<PublicAccessBlockConfiguration><BlockPublicAccess>{blocked}</BlockPublicAccess></PublicAccessBlockConfiguration>"
        )
    };
    for bucket in ["plain", ""] {
        let block = |method: &str| ask(method, bucket, "").query("publicAccessBlock");
        assert_eq!(block("GET").send(&emulator).await.xml("BlockPublicAccess"), "false");
        assert_eq!(block("PUT").body(document(true)).send(&emulator).await.status, 200);
        assert_eq!(block("GET").send(&emulator).await.xml("BlockPublicAccess"), "true");
        let info = ask("GET", "plain", "").query("bucketInfo").send(&emulator).await;
        assert_eq!((info.xml("BlockPublicAccess"), info.xml("Grant")), ("true".into(), "public-read".into()));
        assert_eq!(read().send(&emulator).await.status, 403);
        assert_eq!(acl("public-read").send(&emulator).await.error().1, "AccessDenied");
        assert_eq!(acl("private").send(&emulator).await.status, 200);
        let object = ask("PUT", "plain", "k").query("acl").header("x-oss-object-acl", "public-read");
        assert_eq!(object.send(&emulator).await.error().1, "AccessDenied");
        let object = ask("PUT", "plain", "other").header("x-oss-object-acl", "public-read").body("x");
        assert_eq!(object.send(&emulator).await.error().1, "AccessDenied");
        assert_eq!(block("DELETE").send(&emulator).await.status, 204);
        assert_eq!(acl("public-read").send(&emulator).await.status, 200);
        assert_eq!(read().send(&emulator).await.status, 200);
    }
}

/// As for accounts of today: a new bucket blocks public access until it is told otherwise.
#[tokio::test]
async fn new_buckets_can_block_public_access() {
    let emulator = Emulator::builder().access_key(support::ID, support::SECRET).block_public_access();
    let emulator = emulator.start().await.expect("starts");
    assert_eq!(ask("PUT", "fresh", "").send(&emulator).await.status, 200);
    let acl = || ask("PUT", "fresh", "").query("acl").header("x-oss-acl", "public-read");
    assert_eq!(ask("GET", "fresh", "").query("bucketInfo").send(&emulator).await.xml("BlockPublicAccess"), "true");
    assert_eq!(acl().send(&emulator).await.error().1, "AccessDenied");
    assert_eq!(ask("DELETE", "fresh", "").query("publicAccessBlock").send(&emulator).await.status, 204);
    assert_eq!(acl().send(&emulator).await.status, 200);
    let told = ask("PUT", "public", "").header("x-oss-acl", "public-read").send(&emulator).await;
    assert_eq!((told.error().1, emulator.buckets().len()), ("AccessDenied".into(), 1));
}

/// Section 5: what a bucket is made with is kept and checked; making it again keeps its ACL.
#[tokio::test]
async fn a_bucket_keeps_what_it_is_made_with() {
    let emulator = emulator().await;
    let make = |name: &str, inner: &str| {
        ask("PUT", name, "").body(format!("<CreateBucketConfiguration>{inner}</CreateBucketConfiguration>"))
    };
    let class = "<StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType>";
    let told = make("infrequent", class).header("x-oss-acl", "public-read").send(&emulator).await;
    assert_eq!((told.status, told.header("location")), (200, "/infrequent"));
    let info = || async { ask("GET", "infrequent", "").query("bucketInfo").send(&emulator).await };
    let told = info().await;
    for (name, value) in [
        ("StorageClass", "IA"),
        ("DataRedundancyType", "ZRS"),
        ("Grant", "public-read"),
        ("AccessMonitor", "Disabled"),
        ("BlockPublicAccess", "false"),
        ("TransferAcceleration", "Disabled"),
        ("CrossRegionReplication", "Disabled"),
        ("SSEAlgorithm", "None"),
        ("LogBucket", ""),
    ] {
        assert_eq!(told.xml(name), value, "{name}");
    }
    assert!(!told.xml("ResourceGroupId").is_empty() && !told.xml("Owner").is_empty());
    // Again: what is not said stays, and what cannot be changed may not be asked for.
    assert_eq!(ask("PUT", "infrequent", "").send(&emulator).await.status, 200);
    assert_eq!(info().await.xml("Grant"), "public-read");
    let again = make("infrequent", "<StorageClass>Standard</StorageClass>").send(&emulator).await;
    assert_eq!(again.error().1, "BucketAlreadyExists");
    assert_eq!(info().await.xml("StorageClass"), "IA");
    // Objects are of the bucket's class unless they say otherwise.
    put(&emulator, "infrequent", "k", "x").await;
    assert_eq!(ask("HEAD", "infrequent", "k").send(&emulator).await.header("x-oss-storage-class"), "IA");
    for (inner, code) in [
        ("<StorageClass>Golden</StorageClass>", "InvalidArgument"),
        ("<DataRedundancyType>XRS</DataRedundancyType>", "InvalidArgument"),
        ("<LocationConstraint>oss-cn-beijing</LocationConstraint>", "InvalidLocationConstraint"),
    ] {
        assert_eq!(make("another", inner).send(&emulator).await.error().1, code);
    }
    let here = make("another", "<LocationConstraint>oss-cn-hangzhou</LocationConstraint>");
    assert_eq!(here.send(&emulator).await.status, 200);
    let told = ask("PUT", "encrypted", "").header("x-oss-server-side-encryption", "AES256").send(&emulator).await;
    assert_eq!(told.status, 200);
    assert_eq!(ask("GET", "encrypted", "").query("encryption").send(&emulator).await.xml("SSEAlgorithm"), "AES256");
    // An ACL makes a missing bucket.
    let told = ask("PUT", "by-acl", "").query("acl").header("x-oss-acl", "public-read").send(&emulator).await;
    assert_eq!((told.status, told.header("location")), (200, "/by-acl"));
    assert_eq!(ask("GET", "by-acl", "").query("acl").send(&emulator).await.xml("Grant"), "public-read");
}

/// One of each setting: its sub-resource, a document, and what is answered where none was set.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>", ""),
    (
        "cors",
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule><ResponseVary>false</ResponseVary></CORSConfiguration>",
        "NoSuchCORSConfiguration",
    ),
    (
        "lifecycle",
        "<LifecycleConfiguration><Rule><ID>r</ID><Prefix>log/</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
        "NoSuchLifecycle",
    ),
    ("policy", "{\"Version\":\"1\",\"Statement\":[]}", "NoSuchBucketPolicy"),
    (
        "website",
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>",
        "NoSuchWebsiteConfiguration",
    ),
    (
        "referer",
        "<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><AllowTruncateQueryString>true</AllowTruncateQueryString><TruncatePath>false</TruncatePath></RefererConfiguration>",
        "",
    ),
    (
        "logging",
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>plain</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
        "",
    ),
    (
        "userDefinedLogFieldsConfig",
        "<UserDefinedLogFieldsConfiguration><HeaderSet><header>h</header></HeaderSet></UserDefinedLogFieldsConfiguration>",
        "NoSuchUserDefinedLogFieldsConfig",
    ),
    (
        "encryption",
        "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>",
        "NoSuchServerSideEncryptionRule",
    ),
    ("requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>", ""),
    ("accessmonitor", "<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>", ""),
    (
        "transferAcceleration",
        "<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>",
        "NoSuchTransferAccelerationConfiguration",
    ),
    (
        "bucketArchiveDirectRead",
        "<ArchiveDirectReadConfiguration><Enabled>true</Enabled></ArchiveDirectReadConfiguration>",
        "NoSuchArchiveDirectReadConfiguration",
    ),
    (
        "overwriteConfig",
        "<OverwriteConfiguration><Rule><ID>r</ID><Action>forbid</Action><Prefix>a/</Prefix></Rule></OverwriteConfiguration>",
        "NoSuchBucketOverwriteConfig",
    ),
    (
        "httpsConfig",
        "<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>TLSv1.3</TLSVersion></TLS></HttpsConfiguration>",
        "",
    ),
    ("qos", "<BucketUserQos><StorageCapacity>100</StorageCapacity></BucketUserQos>", ""),
    (
        "responseHeader",
        "<ResponseHeaderConfiguration><Rule><Name>r</Name><Filters><Operation>Put</Operation></Filters><HideHeaders><Header>Last-Modified</Header></HideHeaders></Rule></ResponseHeaderConfiguration>",
        "NoSuchResponseHeaderConfiguration",
    ),
    (
        "policy&comp=callback",
        "<BucketCallbackPolicy><PolicyItem><PolicyName>p</PolicyName><Callback>e30=</Callback></PolicyItem></BucketCallbackPolicy>",
        "BucketCallbackPolicyNotExist",
    ),
];

const DELETABLE: &[&str] = &[
    "tagging",
    "cors",
    "lifecycle",
    "policy",
    "website",
    "logging",
    "userDefinedLogFieldsConfig",
    "encryption",
    "transferAcceleration",
    "overwriteConfig",
    "responseHeader",
    "policy&comp=callback",
];

/// Section 5: settings are kept, given back and deleted, with the codes of those that are not there; and they survive a
/// restart.
#[tokio::test]
async fn settings_are_kept_and_given_back() {
    let folder = tempfile::tempdir().expect("folder");
    let start = || async {
        Emulator::builder()
            .bucket(BucketSpec::new("plain"))
            .access_key(support::ID, support::SECRET)
            .data_dir(folder.path())
            .start()
            .await
            .expect("starts")
    };
    let emulator = start().await;
    let on = |method: &str, name: &str| ask(method, "plain", "").query(name);
    let same = |told: &Told, document: &str| told.text().ends_with(document);
    for (name, document, absent) in SETTINGS {
        let told = on("GET", name).send(&emulator).await;
        if absent.is_empty() {
            assert!(told.status == 200 && !same(&told, document), "{name}: {}", told.text());
        } else {
            assert_eq!((told.status, told.xml("Code").as_str()), (404, *absent));
        }
        let bad = match document.split(['<', '>']).nth(1) {
            Some(root) => document.replace(root, "Other"),
            None => "[]".to_owned(),
        };
        assert_eq!(on("PUT", name).body(bad).send(&emulator).await.status, 400, "{name}");
        let told = on("PUT", name).body(*document).send(&emulator).await;
        assert_eq!(told.status, 200, "{name}: {}", told.text());
        let missing = ask("GET", "no-such-bucket", "").query(name).send(&emulator).await;
        assert_eq!(missing.error().1, "NoSuchBucket", "{name}");
    }
    assert_eq!(emulator.stats().count(Operation::GetBucketCors), 2);
    emulator.shutdown().await;
    let emulator = start().await;
    for (name, document, _) in SETTINGS {
        let told = on("GET", name).send(&emulator).await;
        assert!(same(&told, document), "{name}: {}", told.text());
    }
    for (name, document, absent) in SETTINGS {
        let told = on("DELETE", name).send(&emulator).await;
        if !DELETABLE.contains(name) {
            assert_eq!(told.status, 405, "{name}");
            continue;
        }
        assert_eq!(told.status, 204, "{name}");
        let told = on("GET", name).send(&emulator).await;
        assert!(told.xml("Code") == *absent && !same(&told, document), "{name}");
        assert_eq!(on("DELETE", name).send(&emulator).await.status, 204, "{name}");
    }
    assert_eq!(emulator.buckets(), ["plain"]);
}

#[tokio::test]
async fn documents_that_make_no_sense_are_refused() {
    let emulator = emulator().await;
    let cors = |inner: &str| format!("<CORSConfiguration>{inner}</CORSConfiguration>");
    let rule = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>";
    let lifecycle = |rule: &str| format!("<LifecycleConfiguration><Rule>{rule}</Rule></LifecycleConfiguration>");
    let tag = |key: &str| format!("<Tag><Key>{key}</Key><Value>v</Value></Tag>");
    let tags = |inner: String| format!("<Tagging><TagSet>{inner}</TagSet></Tagging>");
    for (name, document, code) in [
        ("cors", cors(""), "MalformedXML"),
        ("cors", cors(&rule.repeat(11)), "CORSRuleBeyondLimit"),
        ("cors", cors(&rule.replace("GET", "BREW")), "InvalidArgument"),
        ("lifecycle", lifecycle("<Status>Enabled</Status>"), "MalformedXML"),
        ("lifecycle", lifecycle("<Status>Maybe</Status><Expiration><Days>1</Days></Expiration>"), "MalformedXML"),
        ("lifecycle", lifecycle("<Status>Enabled</Status><Expiration><Days>0</Days></Expiration>"), "MalformedXML"),
        ("tagging", tags(tag("")), "InvalidTag"),
        ("tagging", tags(tag("a").repeat(2)), "InvalidTag"),
        ("tagging", tags((0..21).map(|number| tag(&number.to_string())).collect()), "InvalidTag"),
        (
            "logging",
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>nowhere</TargetBucket></LoggingEnabled></BucketLoggingStatus>"
                .into(),
            "InvalidTargetBucketForLogging",
        ),
        ("policy", "no JSON".into(), "InvalidPolicyDocument"),
        ("policy", "{\"Version\":\"2\",\"Statement\":[]}".into(), "InvalidPolicyDocument"),
        (
            "encryption",
            "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>1</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
                .into(),
            "InvalidArgument",
        ),
    ] {
        let told = ask("PUT", "plain", "").query(name).body(document.clone()).send(&emulator).await;
        assert_eq!(told.error().1, code, "{name} {document}");
    }
    let rule = |prefix: &str| {
        format!("<Rule><Prefix>{prefix}</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>")
    };
    let both = format!("<LifecycleConfiguration>{}{}</LifecycleConfiguration>", rule("a/"), rule("a/b/"));
    let asked = ask("PUT", "plain", "").query("lifecycle").body(both);
    assert_eq!(asked.send(&emulator).await.error().1, "InvalidArgument");
    let allowed = asked.header("x-oss-allow-same-action-overlap", "true");
    assert_eq!(allowed.send(&emulator).await.status, 200);
    // A rule without an id is given one.
    let rule = lifecycle("<Prefix></Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>");
    assert_eq!(ask("PUT", "plain", "").query("lifecycle").body(rule).send(&emulator).await.status, 200);
    assert!(!ask("GET", "plain", "").query("lifecycle").send(&emulator).await.xml("ID").is_empty());
}

#[tokio::test]
async fn some_tags_of_a_bucket_can_be_deleted_and_buckets_found_by_them() {
    let emulator = emulator().await;
    let tags: String =
        ["a", "b", "c"].iter().map(|key| format!("<Tag><Key>{key}</Key><Value>{key}1</Value></Tag>")).collect();
    let tags = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
    assert_eq!(ask("PUT", "plain", "").query("tagging").body(tags).send(&emulator).await.status, 200);
    for (query, found) in [
        ("tag-key=a&tag-value=a1", 1),
        ("tag-key=b", 1),
        ("tag-key=a&tag-value=b1", 0),
        ("tagging=%22a%22:%22a1%22", 1),
    ] {
        let told = ask("GET", "", "").query(query).send(&emulator).await;
        assert_eq!(told.all("Name").len(), found, "{query}");
        // A listing by `tagging` says which tags the buckets have.
        assert_eq!(told.all("Key").len(), if query.starts_with("tagging") { 3 } else { 0 }, "{query}");
    }
    assert_eq!(ask("DELETE", "plain", "").query("tagging=a,c").send(&emulator).await.status, 204);
    assert_eq!(ask("GET", "plain", "").query("tagging").send(&emulator).await.all("Key"), ["b"]);
}

/// Section 5, encryption: echoed on append and part; KMS has a default key; the others ignore how data are encrypted.
#[tokio::test]
async fn encryption_is_repeated_by_every_answer() {
    let emulator = emulator().await;
    let of = |told: &Told| {
        let name = |suffix: &str| format!("x-oss-server-side-{suffix}");
        let header = |suffix: &str| told.header(&name(suffix)).to_owned();
        (header("encryption"), header("encryption-key-id"), header("data-encryption"))
    };
    let kms = ask("PUT", "plain", "kms").header("x-oss-server-side-encryption", "KMS").body("x").send(&emulator).await;
    let (algorithm, key, _) = of(&kms);
    assert!(algorithm == "KMS" && key.len() == 36, "{key}");
    for algorithm in ["AES256", "SM4"] {
        let asked = ask("PUT", "plain", "k").header("x-oss-server-side-encryption", algorithm);
        let told = asked.header("x-oss-server-side-data-encryption", "SM4").body("x").send(&emulator).await;
        assert_eq!((told.status, of(&told)), (200, (algorithm.into(), String::new(), String::new())));
    }
    let append = |position: u64| ask("POST", "plain", "log").query(&format!("append&position={position}")).body("x");
    let first = append(0).header("x-oss-server-side-encryption", "AES256").send(&emulator).await;
    assert_eq!(of(&first).0, "AES256");
    assert_eq!(of(&append(1).send(&emulator).await).0, "AES256");
    let upload = ask("POST", "plain", "m").query("uploads").header("x-oss-server-side-encryption", "AES256");
    let id = upload.send(&emulator).await.xml("UploadId");
    let part = ask("PUT", "plain", "m").query(&format!("partNumber=1&uploadId={id}")).body("x").send(&emulator).await;
    assert_eq!(of(&part).0, "AES256");
    // A bucket's default is that of objects that ask for none.
    let rule = "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS</SSEAlgorithm>\
                <KMSMasterKeyID>key-mine</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>";
    assert_eq!(ask("PUT", "plain", "").query("encryption").body(rule).send(&emulator).await.status, 200);
    put(&emulator, "plain", "k", "x").await;
    let told = ask("HEAD", "plain", "k").send(&emulator).await;
    assert_eq!(of(&told), ("KMS".into(), "key-mine".into(), String::new()));
}

#[tokio::test]
async fn pages_of_other_origins_are_told_what_they_may_do() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "value").await;
    let preflight = |origin: &str, method: &str, headers: &str| {
        let mut asked = ask("OPTIONS", "plain", "k").sign(Sign::Not).header("origin", origin);
        asked = asked.header("access-control-request-method", method);
        if headers.is_empty() { asked } else { asked.header("access-control-request-headers", headers) }
    };
    assert_eq!(preflight("http://a.test", "GET", "").send(&emulator).await.error().1, "AccessForbidden");
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>http://*.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
                 <AllowedMethod>PUT</AllowedMethod><AllowedHeader>X-Oss-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>\
                 <MaxAgeSeconds>60</MaxAgeSeconds></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>";
    assert_eq!(ask("PUT", "plain", "").query("cors").body(rules).send(&emulator).await.status, 200);
    // Names of headers are told in small letters. (Python v2's `test_bucket_cors`.)
    assert_eq!(ask("GET", "plain", "").query("cors").send(&emulator).await.xml("AllowedHeader"), "x-oss-*");
    let told = preflight("http://a.test", "PUT", "X-Oss-Meta-A, x-oss-date").send(&emulator).await;
    for (name, value) in [
        ("access-control-allow-origin", "http://a.test"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "X-Oss-Meta-A, x-oss-date"),
        ("access-control-expose-headers", "ETag"),
        ("access-control-max-age", "60"),
        ("vary", "Origin"),
    ] {
        assert_eq!((told.status, told.header(name)), (200, value), "{name}");
    }
    for (origin, method, headers) in
        [("http://a.example", "GET", ""), ("http://a.test", "DELETE", ""), ("http://a.test", "GET", "x-other")]
    {
        let told = preflight(origin, method, headers).send(&emulator).await;
        assert_eq!(told.error().1, "AccessForbidden", "{origin} {method} {headers}");
    }
    let told = ask("OPTIONS", "plain", "k").sign(Sign::Not).send(&emulator).await;
    assert_eq!(told.error().1, "BadRequest");
    // A signature is not looked at, so a wrong one refuses nothing.
    let forged = preflight("http://a.test", "GET", "").header("authorization", "OSS nobody:AAAA");
    assert_eq!(forged.send(&emulator).await.status, 200);
    let told = ask("OPTIONS", "absent", "k").header("origin", "http://a.test").send(&emulator).await;
    assert_eq!(told.error().1, "NoSuchBucket");
    // Answers to requests say it as well, errors too.
    for (key, status) in [("k", 200), ("absent", 404)] {
        let told = ask("GET", "plain", key).header("origin", "http://a.test").send(&emulator).await;
        assert_eq!((told.status, told.header("access-control-allow-origin")), (status, "http://a.test"));
    }
    let told = ask("GET", "plain", "k").header("origin", "http://a.example").send(&emulator).await;
    assert_eq!(told.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_bucket_tells_how_much_is_in_it() {
    let emulator = emulator().await;
    put(&emulator, "plain", "a", "12345").await;
    ask("PUT", "plain", "b").header("x-oss-storage-class", "IA").body("123").send(&emulator).await;
    let id = ask("POST", "plain", "m").query("uploads").send(&emulator).await.xml("UploadId");
    ask("PUT", "plain", "m").query(&format!("partNumber=1&uploadId={id}")).body("1").send(&emulator).await;
    let told = ask("GET", "plain", "").query("stat").send(&emulator).await;
    for (name, value) in [
        ("Storage", "9"),
        ("ObjectCount", "2"),
        ("MultipartUploadCount", "1"),
        ("MultipartPartCount", "1"),
        ("StandardStorage", "5"),
        ("InfrequentAccessObjectCount", "1"),
        ("ArchiveStorage", "0"),
    ] {
        assert_eq!(told.xml(name), value, "{name}");
    }
}

#[tokio::test]
async fn regions_and_live_channels_can_be_asked_for() {
    let emulator = emulator().await;
    let all = ask("GET", "", "").query("regions").send(&emulator).await;
    assert!(all.all("Region").iter().any(|region| region == "oss-cn-beijing"));
    let one = ask("GET", "", "").query("regions=oss-cn-hangzhou").send(&emulator).await;
    assert_eq!(one.xml("InternetEndpoint"), "oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(ask("GET", "", "").query("regions=oss-mars").send(&emulator).await.error().1, "NoSuchRegion");
    let told = ask("GET", "plain", "").query("live").send(&emulator).await;
    assert_eq!((told.status, told.xml("IsTruncated"), told.all("LiveChannel").len()), (200, "false".into(), 0));
    for query in ["live", "x-oss-process=image/info", "comp=add"] {
        assert_eq!(ask("PUT", "plain", "k").query(query).send(&emulator).await.error().1, "NotImplemented", "{query}");
    }
}
