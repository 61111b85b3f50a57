//! How a driver is opened, and what is said of what can't work.

use futures_util::StreamExt;
use ossicle::{
    BlobError, BlobOptions, BlobReason, Engine, EngineOptions, Error, Limits, ObjectAcl, Parameters, PublishOptions,
};
use ossicle_emulator::AccessKey;
use ossicle_tests::{Ground, SECRET, Signature};

fn problem(error: BlobError) -> (String, String) {
    assert!(!format!("{error} {error:?}").contains(SECRET));
    match error.reason {
        BlobReason::Failed(Error::Config(problem)) => (problem.field, problem.reason),
        other => panic!("{other:?}"),
    }
}

/// Parameters that can't work are refused by name, and nothing is sent.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_refused_by_name() {
    let ground = Ground::new("").await;
    for (name, value) in [
        ("chunksize", "1"),
        ("chunksize", "5M"),
        ("secure", "yEs"),
        ("encrypt", "1"),
        ("rootdirectory", "a\nb"),
        ("signature", "v2"),
        ("endpoint", "other.oss-cn-hangzhou.aliyuncs.com"),
        ("urlendpoint", "other.oss-cn-hangzhou.aliyuncs.com"),
        ("objectacl", "public-read"),
        ("securitytoken", "a\nb"),
    ] {
        let blobs = ground.blobs_by(ground.parameters().set(name, value), Limits::default());
        let (field, reason) = problem(blobs.list("/").await.unwrap_err());
        assert_eq!(field, name, "{reason}");
    }
    let blobs = ground.blobs_by(ground.parameters().set("colour", "blue"), Limits::default());
    assert!(problem(blobs.list("/").await.unwrap_err()).1.contains("colour"));
    assert_eq!(ground.requests(), 0);

    let engine = Engine::new(EngineOptions::new()).unwrap();
    let Err(Error::Config(missing)) = engine.tenant("test", Parameters::new(), Limits::default()) else {
        panic!("nothing is given")
    };
    assert_eq!(missing.field, "bucket");
}

/// The probe at the start says what is wrong, once for each call that finds no instance.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_looks_at_the_bucket() {
    let ground = Ground::new("").await;
    let wrong = ground.parameters().set("accesskeysecret", "another");
    let blobs = ground.blobs_by(wrong, Limits::default());
    let error = blobs.stat("/f").await.unwrap_err();
    assert_eq!(error.kind(), Some(ossicle::ErrorKind::AccessDenied), "{error}");
    assert_eq!((error.path.as_deref(), ground.requests()), (Some("/f"), 1));

    let blobs = ground.blobs_by(ground.parameters(), Limits::default());
    ground.take_counts();
    blobs.put("/f", "x").await.unwrap();
    blobs.put("/f", "x").await.unwrap();
    assert_eq!(ground.take_counts(), [("ListObjectsV2".to_owned(), 1), ("PutObject".to_owned(), 2)]);
}

/// Options that can't work are refused by their field.
#[tokio::test(flavor = "multi_thread")]
async fn options_are_refused_by_field() {
    let ground = Ground::new("").await;
    for (options, field) in [
        (BlobOptions::new().part_size(1), "part-size"),
        (BlobOptions::new().parts_in_flight(0), "parts-in-flight"),
        (BlobOptions::new().parts_in_flight(65), "parts-in-flight"),
        (BlobOptions::new().copy_threshold(1), "copy-threshold"),
        (BlobOptions::new().copy_part_size(1), "copy-part-size"),
    ] {
        let blobs = ground.blobs_with(options);
        let (named, reason) = problem(blobs.list("/").await.unwrap_err());
        assert!(named.ends_with(field), "{named}: {reason}");
    }
    assert_eq!(ground.requests(), 0);
}

/// An instance that is replaced while a stream comes does not cut it; nor does its tenant's end.
#[tokio::test(flavor = "multi_thread")]
async fn streams_outlive_their_instances_turn() {
    let ground = Ground::new("").await;
    let blobs = ground.blobs_by(ground.config(), Limits::default().calls_per_instance(1));
    let whole = ossicle_tests::blobs::content(1, 8 << 20);
    ground.plant("/file", &whole);
    let mut reader = blobs.read("/file", 0).await.unwrap();
    let mut bytes = reader.next().await.unwrap().unwrap().to_vec();
    let closing = tokio::spawn({
        let blobs = blobs.clone();
        async move { blobs.tenant().close().await }
    });
    while let Some(piece) = reader.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert!(bytes == whole);
    closing.await.unwrap();
    let error = blobs.list("/").await.unwrap_err();
    assert!(matches!(error.error(), Some(Error::Closed)), "{error}");
    drop(ground.blobs(Signature::V4));
}

/// The ACL of every way to write, by parameters and by a config: `private` unless it is said otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_has_the_acl_that_was_asked_for() {
    let ground = Ground::new("").await;
    let config = |acl| ground.blobs_at(ground.config().acl(acl));
    let parameters = |acl: &str| ground.blobs_by(ground.parameters().set("objectacl", acl), Limits::default());
    for (blobs, acl) in [
        (ground.blobs(Signature::V4), Some("private")),
        (config(ObjectAcl::Private), Some("private")),
        (config(ObjectAcl::Default), None),
        (parameters(""), Some("private")),
        (parameters("private"), Some("private")),
        (parameters("default"), None),
    ] {
        blobs.put("/put", "x").await.unwrap();
        blobs.write("/streamed", 0, &b"x"[..], None).await.unwrap();
        let mut writer = blobs.writer("/parts", false, None).await.unwrap();
        writer.write(&b"x"[..]).await.unwrap();
        writer.commit().await.unwrap();
        blobs.append("/appended", 0, None, "x", None).await.unwrap();
        blobs.copy("/put", "/copied", PublishOptions::new()).await.unwrap();
        for path in ["put", "streamed", "parts", "appended", "copied"] {
            assert_eq!(ground.acl(path).as_deref(), acl, "{path}");
        }
        blobs
            .delete_files(["/put", "/streamed", "/parts", "/appended", "/copied"].map(String::from).into(), None)
            .await
            .unwrap();
    }
}

/// A temporary access key is taken with its token alone.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_have_a_security_token() {
    let ground = Ground::new("").await;
    ground.emulator().add_key(AccessKey::new("STS.test", SECRET).token("canary-token"));
    for signature in ["v4", "v1"] {
        let parameters = ground.parameters().set("accesskeyid", "STS.test").set("signature", signature);
        let without = ground.blobs_by(parameters.clone(), Limits::default());
        assert_eq!(without.check().await.unwrap_err().kind(), Some(ossicle::ErrorKind::AccessDenied), "{signature}");
        let blobs = ground.blobs_by(parameters.set("securitytoken", "canary-token"), Limits::default());
        blobs.put("/f", "content").await.unwrap();
        assert_eq!(blobs.get("/f").await.unwrap(), b"content", "{signature}");
    }
}
