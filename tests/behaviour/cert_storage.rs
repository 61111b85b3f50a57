//! Every suite over every flavour of `cert-storage`.

use std::time::Duration;

use ossicle::{CertificateOptions, Kms, ServerSideEncryption, SignatureVersion, StorageClass};
use ossicle_emulator::Versioning;
use ossicle_tests::suites::{contract, creating, requests, together};
use ossicle_tests::{Ground, Signature};

/// Makes a test of a suite for each flavour: the component with V4 and with V1, the core natively; with and without a root.
macro_rules! over_every_flavour {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn component_v4() {
                let ground = Ground::new("").await;
                $suite(&ground.component(Signature::V4), &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn component_v1_below_a_root() {
                let ground = Ground::new("some/root/").await;
                $suite(&ground.component(Signature::V1), &ground).await;
            }

            #[tokio::test]
            async fn native_v4_below_a_root() {
                let ground = Ground::new("root/").await;
                $suite(&ground.native(Signature::V4), &ground).await;
            }
        }
    )*};
}

ossicle_tests::every_suite_of_certificates!(over_every_flavour);

/// Temporary credentials, and the other two ways to address a bucket.
macro_rules! over_every_way_in {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn token_v4() {
                let ground = Ground::new("").await;
                $suite(&ground.component_with_token(SignatureVersion::V4), &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn token_v1() {
                let ground = Ground::new("").await;
                $suite(&ground.component_with_token(SignatureVersion::V1), &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn virtual_hosted() {
                let ground = Ground::new("").await;
                $suite(&ground.component_virtual_hosted(), &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn custom_domain() {
                let ground = Ground::new("").await;
                $suite(&ground.component_at_custom_domain(), &ground).await;
            }
        }
    )*};
}

mod ways_in {
    use super::*;

    over_every_way_in!(
        contract::a_directory as a_directory,
        contract::keys_and_values as keys_and_values,
        requests::requests_per_operation as requests_per_operation,
    );
}

/// A clock that is an hour off costs one request more, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_set_once() {
    for signature in [Signature::V4, Signature::V1] {
        let ground = Ground::new("").await;
        ground.advance_clock(3600);
        let certificates = ground.component(signature);
        certificates.store("k", "v").await.unwrap();
        assert_eq!(ground.take_counts(), [("PutObject".to_owned(), 2)]);
        assert_eq!(*certificates.load("k").await.unwrap(), b"v");
        assert_eq!(ground.take_counts(), [("GetObject".to_owned(), 1)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_created_beside_versions() {
    for versioning in [Versioning::Enabled, Versioning::Suspended] {
        let ground = Ground::versioned("", versioning).await;
        creating::no_create_beside_versions(&ground.component(Signature::V4), &ground).await;
        let ground = Ground::versioned("root/", versioning).await;
        creating::no_create_beside_versions(&ground.native(Signature::V4), &ground).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_stored_together() {
    for signature in [Signature::V4, Signature::V1] {
        let ground = Ground::new("some/root/").await;
        let certificates = ground.component(signature);
        together::one_set(&certificates, &certificates, &ground).await;
        together::broken_off(&certificates, &certificates, &ground).await;
        let ground = Ground::new("").await;
        let native = ground.native_with_locks(signature);
        together::one_set(&native.1, &native, &ground).await;
        together::broken_off(&native.1, &native, &ground).await;
    }
    for versioning in [Versioning::Enabled, Versioning::Suspended] {
        let ground = Ground::versioned("", versioning).await;
        let certificates = ground.component(Signature::V4);
        together::one_set(&certificates, &certificates, &ground).await;
        together::broken_off(&certificates, &certificates, &ground).await;
    }
}

/// Every way to write a value states how OSS is to keep it.
#[tokio::test(flavor = "multi_thread")]
async fn class_and_encryption_go_with_every_write() {
    let ground = Ground::new("").await;
    let options = CertificateOptions::new()
        .storage_class(StorageClass::InfrequentAccess)
        .server_side_encryption(ServerSideEncryption::Kms(Kms::new().key_id("key-1")));
    let certificates = ground.open(ground.config().certificates(options));
    certificates.store("store", "v").await.unwrap();
    certificates.create("create", "v").await.unwrap();
    let guard = certificates.tenant().locks().hold("name", Duration::from_secs(60)).await.unwrap();
    guard.store("under", "v").await.unwrap();
    guard.create("create-under", "v").await.unwrap();
    guard.store_together(vec![("together-1", "v"), ("together-2", "v")]).await.unwrap();
    guard.unlock().await.unwrap();
    for key in ["store", "create", "under", "create-under", "together-1", "together-2"] {
        assert_eq!(*certificates.load(key).await.unwrap(), b"v");
        let info = ground.emulator().bucket(ossicle_tests::BUCKET).info(key).unwrap();
        assert_eq!(info.storage_class.as_deref(), Some("IA"), "{key}");
        assert_eq!(info.encryption, Some(("KMS".to_owned(), Some("key-1".to_owned()))), "{key}");
    }
    let wrong = ServerSideEncryption::Kms(Kms::new().key_id("no key"));
    let options = CertificateOptions::new().server_side_encryption(wrong);
    let refused = ground.open(ground.config().certificates(options)).load("k").await.unwrap_err();
    assert!(refused.to_string().contains("server-side-encryption.kms.key-id"), "{refused}");
}

/// 35: what logs may show of a config has no secret in it.
#[tokio::test]
async fn gap_35() {
    let ground = Ground::new("").await;
    let config = ground.config();
    let settings = ground.settings(Signature::V4);
    let certificates = ground.component(Signature::V4);
    for shown in [format!("{config:?} {config}"), format!("{settings:?}"), format!("{certificates:?}")] {
        assert!(!shown.contains(ossicle_tests::SECRET), "{shown}");
    }
    assert!(format!("{config}").contains(ossicle_tests::BUCKET));
}

/// 9 once more, with a bucket that really is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_bucket() {
    let ground = Ground::new("").await;
    let mut config = ground.config();
    config.bucket = "certificate".into();
    let certificates = ground.open(config);
    for error in [
        certificates.load("k").await.unwrap_err(),
        certificates.store("k", "v").await.unwrap_err(),
        certificates.delete("k").await.unwrap_err(),
        certificates.exists("k").await.unwrap_err(),
        certificates.stat("k").await.unwrap_err(),
        certificates.list("", true).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), Some(ossicle::ErrorKind::NoSuchBucket), "{error}");
    }
}
