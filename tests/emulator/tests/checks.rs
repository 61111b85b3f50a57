//! What the service asks of settings, and how it spells what it gives back. Section 5: each as a test of oss2's or Go v1's
//! suite shows it.

mod support;

use ossicle_emulator::Emulator;
use support::{Told, ask, emulator, put};

async fn set(emulator: &Emulator, query: &str, document: &str) -> Told {
    ask("PUT", "plain", "").query(query).body(document.to_owned()).send(emulator).await
}

async fn told(emulator: &Emulator, query: &str) -> Told {
    ask("GET", "plain", "").query(query).send(emulator).await
}

#[tokio::test]
async fn actions_of_a_lifecycle_follow_one_another() {
    let emulator = emulator().await;
    let rule = |inner: &str| {
        format!(
            "<LifecycleConfiguration><Rule><Prefix>a</Prefix><Status>Enabled</Status>{inner}</Rule></LifecycleConfiguration>"
        )
    };
    let to = |days: &str, class: &str| {
        format!("<Transition><Days>{days}</Days><StorageClass>{class}</StorageClass></Transition>")
    };
    let older = |days: &str, class: &str| {
        format!(
            "<NoncurrentVersionTransition><NoncurrentDays>{days}</NoncurrentDays><StorageClass>{class}</StorageClass></NoncurrentVersionTransition>"
        )
    };
    let end = |days: &str| format!("<Expiration><Days>{days}</Days></Expiration>");
    let dated = "<Expiration><CreatedBeforeDate>2016-12-25T00:00:00.000Z</CreatedBeforeDate></Expiration>";
    let tag = |key: &str, value: &str| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>{}", end("1"));
    for (inner, code) in [
        (end("6") + &to("2", "IA") + &to("5", "Archive"), ""),
        (end("3") + &to("4", "IA"), "InvalidArgument"),
        (end("6") + &to("5", "IA") + &to("2", "Archive"), "InvalidArgument"),
        (end("6") + &to("5", "Standard"), "InvalidArgument"),
        (older("12", "IA") + &older("20", "Archive"), ""),
        (older("20", "IA") + &older("12", "Archive"), "InvalidArgument"),
        (to("1", "IA") + dated, "InvalidRequest"),
        (tag(&"k".repeat(129), &"v".repeat(257)), ""),
        (tag("%", "v"), "InvalidArgument"),
        (tag("k", ")"), "InvalidArgument"),
    ] {
        let told = set(&emulator, "lifecycle", &rule(&inner)).await;
        assert_eq!((told.status == 200, told.xml("Code").as_str()), (code.is_empty(), code), "{inner}");
    }
    let both = rule(&end("1")).replace("</LifecycleConfiguration>", "")
        + "<Rule><Prefix>ab</Prefix><Status>Enabled</Status><Expiration><Days>2</Days></Expiration></Rule></LifecycleConfiguration>";
    let told = set(&emulator, "lifecycle", &both).await;
    assert_eq!(told.xml("Message"), "Overlap for same action type Expiration");
    // Whoever lets two rules do the same must still not let them contradict each other.
    let later = both.replace(
        "<Days>2</Days></Expiration>",
        "<Days>9</Days></Expiration><Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>",
    );
    let allowed = ask("PUT", "plain", "").query("lifecycle").header("x-oss-allow-same-action-overlap", "true");
    assert_eq!(allowed.clone().body(both).send(&emulator).await.status, 200);
    assert_eq!(allowed.body(later).send(&emulator).await.error().2, "0014-00000082");
}

#[tokio::test]
async fn booleans_are_spelled_in_small_letters_and_what_was_not_said_is_told() {
    let emulator = emulator().await;
    for (query, document, element, value) in [
        (
            "publicAccessBlock",
            "<PublicAccessBlockConfiguration><BlockPublicAccess>False</BlockPublicAccess></PublicAccessBlockConfiguration>",
            "BlockPublicAccess",
            "false",
        ),
        (
            "lifecycle",
            "<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>True</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>",
            "ExpiredObjectDeleteMarker",
            "true",
        ),
        (
            "website",
            "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://a.test/</MirrorURL><MirrorPassQueryString>TRUE</MirrorPassQueryString></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
            "MirrorPassQueryString",
            "true",
        ),
        ("tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>True</Value></Tag></TagSet></Tagging>", "Value", "True"),
        (
            "cors",
            "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
            "ResponseVary",
            "false",
        ),
        (
            "referer",
            "<RefererConfiguration><AllowEmptyReferer>True</AllowEmptyReferer></RefererConfiguration>",
            "AllowTruncateQueryString",
            "true",
        ),
        (
            "encryption",
            "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>SM4</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>",
            "KMSDataEncryption",
            "",
        ),
        (
            "httpsConfig",
            "<HttpsConfiguration><TLS><Enable>True</Enable><TLSVersion>TLSv1.2</TLSVersion><TLSVersion>TLSv1.2</TLSVersion></TLS></HttpsConfiguration>",
            "Enable",
            "true",
        ),
    ] {
        let kept = set(&emulator, query, document).await;
        assert_eq!(kept.status, 200, "{query}: {}", kept.text());
        assert_eq!(told(&emulator, query).await.xml(element), value, "{query}");
    }
    assert_eq!(told(&emulator, "httpsConfig").await.all("TLSVersion"), ["TLSv1.2"]);
    // An access point has a block of its own, and is not there.
    let point = told(&emulator, "publicAccessBlock&x-oss-access-point-name=ap").await;
    assert_eq!((point.status, point.xml("Message")), (404, "Accesspoint not found".into()));
    let mirror = told(&emulator, "website").await;
    assert_eq!(
        (mirror.xml("PassQueryString"), mirror.xml("MirrorFollowRedirect"), mirror.xml("MirrorCheckMd5")),
        ("true".into(), "true".into(), "false".into())
    );
    for (query, document, error) in [
        (
            "website",
            "<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>Mirror</RedirectType></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
            "InvalidArgument",
        ),
        (
            "website",
            "<WebsiteConfiguration><RoutingRules><RoutingRule><Redirect><RedirectType>AliCDN</RedirectType></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
            "MalformedXML",
        ),
        ("httpsConfig", "<HttpsConfiguration><TLS><Enable>true</Enable></TLS></HttpsConfiguration>", "MalformedXML"),
        (
            "httpsConfig",
            "<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>a</TLSVersion></TLS></HttpsConfiguration>",
            "MalformedXML",
        ),
        (
            "cors",
            "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule></CORSConfiguration>",
            "InvalidArgument",
        ),
    ] {
        assert_eq!(set(&emulator, query, document).await.xml("Code"), error, "{document}");
    }
}

#[tokio::test]
async fn bandwidths_of_a_bucket_are_within_those_of_the_account() {
    let emulator = emulator().await;
    let account = ask("GET", "", "").query("qosInfo").send(&emulator).await;
    let most: i64 = account.xml("TotalUploadBandwidth").parse().expect("a number");
    let info = |inner: String| format!("<QoSConfiguration>{inner}</QoSConfiguration>");
    let total = |value: i64| format!("<TotalUploadBandwidth>{value}</TotalUploadBandwidth>");
    let part = |value: i64| format!("<IntranetUploadBandwidth>{value}</IntranetUploadBandwidth>");
    assert_eq!(told(&emulator, "qosInfo").await.error().1, "NoSuchBucketQosInfo");
    for (document, status) in [
        (info(total(most) + &part(most)), 200),
        (info(total(most + 1)), 400),
        (info(total(2) + &part(3)), 400),
        (info(part(-2)), 400),
    ] {
        assert_eq!(set(&emulator, "qosInfo", &document).await.status, status, "{document}");
    }
    let kept = told(&emulator, "qosInfo").await;
    assert_eq!((kept.xml("TotalUploadBandwidth"), kept.xml("TotalQps")), (most.to_string(), "-1".into()));
    let capacity = "<BucketUserQos><StorageCapacity>-2</StorageCapacity></BucketUserQos>";
    assert_eq!(set(&emulator, "qos", capacity).await.error().1, "InvalidArgument");
}

#[tokio::test]
async fn a_key_that_kms_cannot_have_fails_the_write() {
    let emulator = emulator().await;
    let rule = |id: &str| {
        format!(
            "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>{id}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"
        )
    };
    for (id, status) in [("123", 400), ("key-a1", 200), ("9468da86-3509-4f8d-a61e-6eab1eac0e77", 200)] {
        assert_eq!(set(&emulator, "encryption", &rule(id)).await.status, 200, "{id}");
        let by_default = put(&emulator, "plain", "k", "x").await;
        let asked = ask("PUT", "plain", "k").header("x-oss-server-side-encryption", "KMS");
        let asked = asked.header("x-oss-server-side-encryption-key-id", id).send(&emulator).await;
        assert_eq!((by_default.status, asked.status), (status, status), "{id}");
        assert_eq!(asked.error().2 == "0005-00000208", status == 400, "{id}");
    }
    // How data are encrypted means nothing alone.
    assert_eq!(ask("DELETE", "plain", "").query("encryption").send(&emulator).await.status, 204);
    let alone =
        ask("PUT", "plain", "k").header("x-oss-server-side-data-encryption", "SM4").body("x").send(&emulator).await;
    assert_eq!((alone.status, alone.header("x-oss-server-side-data-encryption")), (200, ""));
}

#[tokio::test]
async fn a_website_answers_its_index_in_place_of_a_directory() {
    let emulator = emulator().await;
    put(&emulator, "plain", "index.html", "welcome").await;
    let get = |key: &'static str| ask("GET", "plain", key);
    assert_eq!(get("dir/").send(&emulator).await.error().1, "NoSuchKey");
    let website =
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>";
    assert_eq!(set(&emulator, "website", website).await.status, 200);
    assert_eq!(get("dir/").send(&emulator).await.text(), "welcome");
    assert_eq!(get("dir").send(&emulator).await.error().1, "NoSuchKey");
    put(&emulator, "plain", "dir/", "own").await;
    assert_eq!(get("dir/").send(&emulator).await.text(), "own");
}

#[tokio::test]
async fn the_time_of_access_is_told_where_it_is_asked_for_and_archive_knows_no_priority() {
    let emulator = emulator().await;
    put(&emulator, "plain", "k", "x").await;
    let meta = || ask("HEAD", "plain", "k").query("objectMeta");
    assert_eq!(meta().send(&emulator).await.header("x-oss-last-access-time"), "");
    let enabled = "<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>";
    assert_eq!(set(&emulator, "accessmonitor", enabled).await.status, 200);
    let told = meta().send(&emulator).await;
    assert_eq!(told.header("x-oss-last-access-time"), told.header("last-modified"));
    ask("PUT", "plain", "old").header("x-oss-storage-class", "Archive").body("x").send(&emulator).await;
    let restore = |inner: &str| {
        let document = format!("<RestoreRequest><Days>5</Days>{inner}</RestoreRequest>");
        ask("POST", "plain", "old").query("restore").body(document)
    };
    let tier = "<JobParameters><Tier>Bulk</Tier></JobParameters>";
    assert_eq!(restore(tier).send(&emulator).await.error().1, "MalformedXML");
    assert_eq!(restore("").send(&emulator).await.status, 202);
}
