//! Every suite of `cert-storage`.

use ossicle_tests::p2::{Certificates, Client};
use ossicle_tests::suites::together;
use ossicle_tests::{Ground, Signature};

use super::pooled;

/// Makes a test of a suite for each client: with V4, and with V1 below a root.
macro_rules! over_every_client {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn single_v4() {
                let ground = Ground::new("").await;
                $suite(&Certificates::open(&ground, Signature::V4, Client::single()).await, &ground).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn pooled_v1_below_a_root() {
                let ground = Ground::new("some/root/").await;
                $suite(&Certificates::open(&ground, Signature::V1, pooled(&ground)).await, &ground).await;
            }
        }
    )*};
}

ossicle_tests::every_suite_of_certificates!(over_every_client);

#[tokio::test(flavor = "multi_thread")]
async fn values_are_stored_together() {
    let ground = Ground::new("").await;
    let certificates = Certificates::open(&ground, Signature::V4, Client::single()).await;
    together::one_set(&certificates, &certificates, &ground).await;
    together::broken_off(&certificates, &certificates, &ground).await;
    let ground = Ground::new("some/root/").await;
    let certificates = Certificates::open(&ground, Signature::V1, pooled(&ground)).await;
    together::one_set(&certificates, &certificates, &ground).await;
    // The sets of one flavour are those of the others.
    together::broken_off(&ground.component(Signature::V1), &certificates, &ground).await;
}
