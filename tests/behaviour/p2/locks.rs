//! Every suite of locks: between two instances, and beside the component of 0.3.

use ossicle_emulator::Versioning;
use ossicle_tests::p2::{Certificates, Client};
use ossicle_tests::suites::locks;
use ossicle_tests::{Ground, Signature};

use super::pooled;

macro_rules! over_every_client {
    ($($suite:ident),* $(,)?) => {$(
        mod $suite {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn single_v4() {
                let ground = Ground::new("").await;
                let one = Certificates::open(&ground, Signature::V4, Client::single()).await;
                let other = Certificates::open(&ground, Signature::V4, Client::single()).await;
                locks::$suite(&one, &other, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn pooled_v1_below_a_root_beside_0_3_with_versions() {
                let ground = Ground::versioned("some/root/", Versioning::Enabled).await;
                let one = Certificates::open(&ground, Signature::V1, pooled(&ground)).await;
                locks::$suite(&one, &ground.component(Signature::V1), &ground).await;
            }
        }
    )*};
}

ossicle_tests::every_suite_of_locks!(over_every_client);

#[tokio::test(flavor = "multi_thread")]
async fn locks_are_apart_from_certificates() {
    let ground = Ground::new("root/").await;
    let certificates = Certificates::open(&ground, Signature::V4, Client::single()).await;
    locks::apart_from_data(&certificates, &certificates, &ground).await;
}
