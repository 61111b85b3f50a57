//! 1.10: who may read what is written is not left to the bucket.

use ossicle_guest::oss::ObjectAcl;

use crate::world::{PART, PublishOptions, World, WriteOptions, WriterStart, bytes, content, good, hint};

/// Makes objects in every way there is, and tells the ACL of each.
async fn acls(acl: Option<ObjectAcl>) -> Vec<(Option<String>, String)> {
    let world = World::with_settings(|settings| settings.acl = acl.unwrap_or(settings.acl)).await;
    let driver = &world.driver;
    driver.put_content("/put", "x".into(), &WriteOptions::default()).await.unwrap();
    for (path, size) in [("/small", 5), ("/parts", 3 * PART), ("/empty", 0)] {
        driver.write_stream(path, 0, content(&bytes(size, 1)), good(), None, &WriteOptions::default()).await.unwrap();
    }
    for (from, size) in [("/one", 5), ("/many", (3 << 20) + 7)] {
        world.put_raw(from, &bytes(size, 1));
        driver.move_file(from, &[from, "-moved"].concat(), PublishOptions::default()).await.unwrap();
    }
    let mut writer = driver.writer("/suspended", WriterStart::Anew, &hint(None)).await.unwrap();
    writer.write(&mut content(&bytes(PART + 5, 1))).await.unwrap();
    writer.close().await.unwrap();
    let acl = |name: String| (world.ground.acl(&["registry", &name].concat()), name);
    world.names().into_iter().map(acl).collect()
}

#[tokio::test]
async fn everything_that_is_written_is_private() {
    for (acl, expected) in
        [(None, Some("private")), (Some(ObjectAcl::Private), Some("private")), (Some(ObjectAcl::Default), None)]
    {
        let found = acls(acl).await;
        assert_eq!(found.len(), 7, "{found:?}");
        assert!(found.iter().all(|(acl, _)| acl.as_deref() == expected), "{found:?}");
    }
}
