//! Every suite of `blob-driver`, through the library's handles: by a config with V4, by one with V1 below a root, and by a
//! registry's parameters. Beside them what is the library's own.

mod burst;
mod memory;
mod opening;
mod streams;
mod urls;

use ossicle::Limits;
use ossicle_tests::suites::blobs::{mishaps, parts};
use ossicle_tests::{Ground, Signature};

/// Makes a test of a suite for each way to open a driver. After each, nothing may be left once everything is deleted.
macro_rules! over_every_opening {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn by_config_v4() {
                let ground = Ground::new("").await;
                let blobs = ground.blobs(Signature::V4);
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn by_config_v1_below_a_root() {
                let ground = Ground::new("some/root/").await;
                let blobs = ground.blobs(Signature::V1);
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn by_parameters() {
                let ground = Ground::new("docker/").await;
                let blobs = ground.blobs_by(ground.parameters(), Limits::default());
                // Its start is a request of its own.
                blobs.list("/").await.unwrap();
                ground.take_counts();
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }
        }
    )*};
}

/// Makes a test of a suite that counts on small parts, so not by parameters.
macro_rules! over_every_config {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn v4() {
                let ground = Ground::new("").await;
                let blobs = ground.blobs(Signature::V4);
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn v1_below_a_root() {
                let ground = Ground::new("some/root/").await;
                let blobs = ground.blobs(Signature::V1);
                $suite(&blobs, &ground).await;
                ground.tear_down(&blobs).await;
            }
        }
    )*};
}

ossicle_tests::every_suite_of_blobs_in_small_parts!(over_every_config);

#[tokio::test(flavor = "multi_thread")]
async fn m1_m2_v1_large_moves() {
    let ground = Ground::new("root/").await;
    let blobs = ground.blobs_with(mishaps::moving_options());
    mishaps::large_moves(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_parts_with_an_md5_are_not_gone_on_with() {
    let ground = Ground::new("root/").await;
    let blobs = ground.blobs_with(parts::damaged_options());
    parts::damaged(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
}

ossicle_tests::every_suite_of_blobs!(over_every_opening);

over_every_opening!(
    streams::broken_content as broken_content,
    streams::ignored_ranges_as_bytes as ignored_ranges_as_bytes,
);
