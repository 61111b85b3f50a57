//! The suites of locks over every flavour of both worlds, on plain and on versioned buckets.

use ossicle_emulator::Versioning;
use ossicle_tests::suites::locks;
use ossicle_tests::{Ground, Signature};

/// Makes a test of a suite for each flavour and each kind of bucket. Two of them share a bucket, as two processes do.
macro_rules! over_every_flavour {
    ($($suite:ident),* $(,)?) => {$(
        mod $suite {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn component_v4() {
                let ground = Ground::new("").await;
                let (one, other) = (ground.component(Signature::V4), ground.component(Signature::V4));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn component_v1_below_a_root_with_versions() {
                let ground = Ground::versioned("some/root/", Versioning::Enabled).await;
                let (one, other) = (ground.component(Signature::V1), ground.component(Signature::V1));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn component_v4_where_versions_once_were() {
                let ground = Ground::versioned("", Versioning::Suspended).await;
                let (one, other) = (ground.component(Signature::V4), ground.component(Signature::V4));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn blobs_v4_below_a_root() {
                let ground = Ground::new("root/").await;
                let (one, other) = (ground.blobs_alone(Signature::V4), ground.blobs_alone(Signature::V4));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn blobs_v1_with_versions() {
                let ground = Ground::versioned("", Versioning::Enabled).await;
                let (one, other) = (ground.blobs_alone(Signature::V1), ground.blobs_alone(Signature::V1));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn blobs_and_certificates() {
                let ground = Ground::new("").await;
                let (one, other) = (ground.blobs_alone(Signature::V4), ground.component(Signature::V4));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test]
            async fn native_v4_below_a_root() {
                let ground = Ground::new("root/").await;
                let (one, other) = (ground.native_with_locks(Signature::V4), ground.native_with_locks(Signature::V4));
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn native_and_component_with_versions() {
                let ground = Ground::versioned("", Versioning::Enabled).await;
                let (one, other) = (ground.native_with_locks(Signature::V1), ground.component(Signature::V4));
                locks::$suite(&one, &other, &ground).await;
            }
        }
    )*};
}

ossicle_tests::every_suite_of_locks!(over_every_flavour);

#[tokio::test(flavor = "multi_thread")]
async fn locks_are_apart_from_certificates() {
    for signature in [Signature::V4, Signature::V1] {
        let ground = Ground::new("root/").await;
        let certificates = ground.component(signature);
        locks::apart_from_data(&certificates, &certificates, &ground).await;
    }
}

#[tokio::test]
async fn locks_are_apart_from_certificates_natively() {
    let ground = Ground::versioned("", Versioning::Enabled).await;
    let native = ground.native_with_locks(Signature::V4);
    locks::apart_from_data(&native, &native.1, &ground).await;
}
