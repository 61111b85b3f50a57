//! Settings of a bucket that have names or states of their own: styles, inventories, a retention policy, replication.

mod support;

use support::{ask, emulator};

#[tokio::test]
async fn styles_have_names() {
    let emulator = emulator().await;
    let style = |method: &str, query: &str| ask(method, "plain", "").query(query);
    let content = |content: &str| format!("<Style><Content>{content}</Content></Style>");
    let put = |query: &str, text: &str| style("PUT", query).body(content(text));
    assert_eq!(style("GET", "style&styleName=a").send(&emulator).await.error().1, "NoSuchStyle");
    for (name, text) in [("b", "image/resize,w_300"), ("a", "image/resize,w_200")] {
        assert_eq!(put(&format!("style&styleName={name}"), text).send(&emulator).await.status, 200);
    }
    assert_eq!(put("style&styleName=c", "").send(&emulator).await.xml("Message"), "Style content is invalid.");
    assert_eq!(put("style&styleName=%26", "x").send(&emulator).await.error().1, "InvalidArgument");
    let one = style("GET", "style&styleName=a").send(&emulator).await;
    assert_eq!((one.xml("Name"), one.xml("Content")), ("a".into(), "image/resize,w_200".into()));
    assert_eq!(style("GET", "style").send(&emulator).await.all("Name"), ["b", "a"]);
    assert_eq!(style("DELETE", "style&styleName=a").send(&emulator).await.status, 204);
    assert_eq!(style("GET", "style").send(&emulator).await.all("Name"), ["b"]);
    assert_eq!(style("POST", "style").send(&emulator).await.status, 405);
}

#[tokio::test]
async fn inventories_are_listed_in_pages() {
    let emulator = emulator().await;
    let on = |method: &str, query: String| ask(method, "plain", "").query(&query);
    let document = |id: &str| {
        format!(
            "<InventoryConfiguration><Id>{id}</Id><IsEnabled>True</IsEnabled><Filter><StorageClass>Standard,IA</StorageClass></Filter>\
             <Destination><OSSBucketDestination><Bucket>acs:oss:::plain</Bucket></OSSBucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule></InventoryConfiguration>"
        )
    };
    let list = |token: &str| on("GET", format!("inventory{token}"));
    assert_eq!(list("").send(&emulator).await.error().1, "NoSuchInventory");
    for number in 0..120 {
        let id = format!("i{number}");
        let told = on("PUT", format!("inventory&inventoryId={id}")).body(document(&id)).send(&emulator).await;
        assert_eq!(told.status, 200);
    }
    let again = on("PUT", "inventory&inventoryId=i1".into()).body(document("i1")).send(&emulator).await;
    assert_eq!(again.error().1, "InventoryAlreadyExist");
    let wrong = on("PUT", "inventory&inventoryId=j".into()).body(document("k")).send(&emulator).await;
    assert_eq!(wrong.error().1, "MalformedXML");
    let nowhere = on("PUT", "inventory&inventoryId=j".into()).body(document("j").replace(":plain", ":nowhere"));
    assert_eq!(nowhere.send(&emulator).await.error().1, "InvalidArgument");
    let first = list("").send(&emulator).await;
    assert_eq!((first.all("Id").len(), first.xml("IsTruncated")), (100, "true".into()));
    let token = first.xml("NextContinuationToken");
    let second = list(&format!("&continuation-token={token}")).send(&emulator).await;
    assert_eq!((second.all("Id").len(), second.xml("IsTruncated")), (20, "false".into()));
    assert_eq!((second.xml("ContinuationToken"), second.xml("NextContinuationToken")), (token, String::new()));
    let one = on("GET", "inventory&inventoryId=i7".into()).send(&emulator).await;
    assert_eq!((one.xml("IsEnabled"), one.xml("StorageClass")), ("true".into(), "IA,Standard".into()));
    assert_eq!(on("DELETE", "inventory&inventoryId=i7".into()).send(&emulator).await.status, 204);
    assert_eq!(on("GET", "inventory&inventoryId=i7".into()).send(&emulator).await.error().1, "NoSuchInventory");
}

#[tokio::test]
async fn a_retention_policy_is_begun_locked_and_extended() {
    let emulator = emulator().await;
    let on = |method: &str, query: &str| ask(method, "plain", "").query(query);
    let days =
        |root: &str, days: u32| format!("<{root}><RetentionPeriodInDays>{days}</RetentionPeriodInDays></{root}>");
    let begin = || on("POST", "worm").body(days("InitiateWormConfiguration", 1));
    assert_eq!(on("GET", "worm").send(&emulator).await.error().1, "NoSuchWORMConfiguration");
    assert_eq!(begin().send(&emulator).await.status, 200);
    assert_eq!(on("DELETE", "worm").send(&emulator).await.status, 204);
    let id = begin().send(&emulator).await.header("x-oss-worm-id").to_owned();
    let extend = |days_wanted: u32| {
        on("POST", &format!("wormId={id}&wormExtend")).body(days("ExtendWormConfiguration", days_wanted))
    };
    assert_eq!(extend(2).send(&emulator).await.error().1, "InvalidWORMConfiguration");
    assert_eq!(on("GET", "worm").send(&emulator).await.xml("State"), "InProgress");
    assert_eq!(on("POST", "wormId=other").send(&emulator).await.error().1, "InvalidWORMConfiguration");
    assert_eq!(on("POST", &format!("wormId={id}")).send(&emulator).await.status, 200);
    assert_eq!(on("DELETE", "worm").send(&emulator).await.error(), (403, "WORMConfigurationLocked".into(), "".into()));
    assert_eq!(begin().send(&emulator).await.error().1, "WORMConfigurationLocked");
    assert_eq!(extend(3).send(&emulator).await.status, 200);
    assert_eq!(extend(2).send(&emulator).await.error().1, "InvalidWORMConfiguration");
    let told = on("GET", "worm").send(&emulator).await;
    assert_eq!(
        (told.xml("WormId"), told.xml("State"), told.xml("RetentionPeriodInDays")),
        (id.clone(), "Locked".into(), "3".into())
    );
}

#[tokio::test]
async fn a_retention_policy_that_nobody_locks_lapses() {
    let emulator = emulator().await;
    let document =
        "<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>";
    assert_eq!(ask("POST", "plain", "").query("worm").body(document).send(&emulator).await.status, 200);
    let get = || ask("GET", "plain", "").query("worm");
    assert_eq!(get().send(&emulator).await.status, 200);
    emulator.clock().advance(std::time::Duration::from_secs(25 * 3600));
    assert_eq!(get().send(&emulator).await.error().1, "NoSuchWORMConfiguration");
}

#[tokio::test]
async fn replication_is_told_as_the_service_tells_it() {
    let emulator = emulator().await;
    let on = |method: &str, query: &str| ask(method, "plain", "").query(query);
    let rule = |inner: &str| {
        format!(
            "<ReplicationConfiguration><Rule>{inner}<Destination><Bucket>far</Bucket><Location>oss-cn-beijing</Location></Destination></Rule></ReplicationConfiguration>"
        )
    };
    let add = |inner: &str| on("POST", "replication&comp=add").body(rule(inner));
    assert_eq!(on("GET", "replication").send(&emulator).await.error().1, "NoSuchReplicationConfiguration");
    let sealed = "<ID>r</ID><SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects></SourceSelectionCriteria>\
                  <EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID></EncryptionConfiguration>";
    assert_eq!(add(sealed).send(&emulator).await.status, 200);
    assert_eq!(add("<ID>s</ID>").send(&emulator).await.error().1, "BucketReplicationAlreadyExist");
    let told = on("GET", "replication").send(&emulator).await;
    assert_eq!(
        (told.xml("ID"), told.xml("Action"), told.xml("HistoricalObjectReplication"), told.xml("Status")),
        ("r".into(), "ALL".into(), "enabled".into(), "starting".into())
    );
    // Without a role nothing encrypted can be read.
    assert_eq!((told.xml("ReplicaKmsKeyID"), told.xml("SourceSelectionCriteria")), (String::new(), String::new()));
    let rtc = |id: &str| {
        let body = format!("<ReplicationRule><RTC><Status>enabled</Status></RTC><ID>{id}</ID></ReplicationRule>");
        on("PUT", "rtc").body(body)
    };
    assert_eq!(rtc("r").send(&emulator).await.status, 200);
    assert_eq!(on("GET", "replication").send(&emulator).await.xml("RTC"), "<Status>enabled</Status>");
    assert_eq!(rtc("s").send(&emulator).await.error().1, "NoSuchReplicationRule");
    let progress = |id: &str| on("GET", &format!("replicationProgress&rule-id={id}"));
    assert_eq!(progress("r").send(&emulator).await.xml("HistoricalObject"), "0");
    assert_eq!(progress("s").send(&emulator).await.error().1, "NoSuchReplicationRule");
    let delete = on("POST", "replication&comp=delete").body("<ReplicationRules><ID>r</ID></ReplicationRules>");
    assert_eq!(delete.send(&emulator).await.status, 200);
    assert_eq!(on("GET", "replication").send(&emulator).await.xml("Status"), "closing");
    let places = on("GET", "replicationLocation").send(&emulator).await.all("Location");
    assert!(places.iter().any(|place| place == "oss-cn-beijing") && !places.contains(&"oss-cn-hangzhou".to_owned()));
}
