//! Every suite of `blob-driver`, natively.

use ossicle_tests::suites::blobs::{mishaps, parts};
use ossicle_tests::{Ground, NativeBlobs, Signature};

macro_rules! over_the_core {
    ($($suite:path as $name:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            let ground = Ground::new("root/").await;
            let blobs = NativeBlobs::open(&ground, Signature::V4);
            $suite(&blobs, &ground).await;
            ground.tear_down(&blobs).await;
        }
    )*};
}

ossicle_tests::every_suite_of_blobs!(over_the_core);
ossicle_tests::every_suite_of_blobs_in_small_parts!(over_the_core);

#[tokio::test]
async fn m1_m2_v1_large_moves() {
    let ground = Ground::new("root/").await;
    let blobs = NativeBlobs::open_with(&ground, Signature::V4, mishaps::moving_options());
    mishaps::large_moves(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
}

#[tokio::test]
async fn damaged_parts_with_an_md5_are_not_gone_on_with() {
    let ground = Ground::new("root/").await;
    let blobs = NativeBlobs::open_with(&ground, Signature::V4, parts::damaged_options());
    parts::damaged(&blobs, &ground).await;
    ground.tear_down(&blobs).await;
}
