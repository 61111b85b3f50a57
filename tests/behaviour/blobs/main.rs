//! Every suite of `blob-driver`, through the built component: by a config with V4, by one with V1 below a root, and by a
//! registry's parameters.

mod burst;
mod memory;
mod opening;
mod urls;

use ossicle::Limits;
use ossicle_tests::suites::blobs::{conditions, continuing, keeping, mishaps, parts, requests, streaming, trees};
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

over_every_config!(
    conditions::reading as s1_a_reading,
    conditions::pages as s1_b_pages,
    conditions::going_on as s1_c_going_on,
    conditions::deleting_files as s1_d_deleting_files,
    conditions::windows_of_time as s1_e_windows_of_time,
    conditions::creating as s1_f_creating,
    conditions::appending as s1_f_appending,
    mishaps::failing_uploads as d2_d4_d6_v13_failing_uploads,
    mishaps::failing_writers as v4_v5_v13_failing_writers,
    mishaps::lost_answers as v14_lost_answers,
    mishaps::suspended_writers as v6_v8_v10_v11_suspended_writers,
    requests::of_each_operation as requests_of_each_operation,
    parts::growing as d9_v15_growing_parts,
    parts::full as d9_v15_full_parts,
    continuing::cheap_appends as d10_cheap_appends,
    continuing::interrupted as interrupted_uploads,
);

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

over_every_opening!(
    trees::root_exists as test_01_root_exists,
    keeping::valid_paths as test_02_valid_paths,
    keeping::invalid_paths as test_03_invalid_paths,
    keeping::write_read as test_04_to_08_write_read,
    keeping::truncate as test_09_and_34_truncate,
    keeping::read_nonexistent as test_10_read_nonexistent,
    keeping::write_read_streams as test_11_to_15_write_read_streams,
    streaming::reader_with_offset as test_17_reader_with_offset,
    continuing::append_large as test_18_append_large,
    continuing::append_small as test_19_append_small,
    streaming::read_nonexistent_stream as test_20_read_nonexistent_stream,
    streaming::zero_bytes_then_append as test_21_and_22_zero_bytes_then_append,
    trees::list as test_23_list,
    trees::moving as test_24_to_26_moving,
    trees::move_invalid as test_27_move_invalid,
    trees::deleting as test_28_30_and_31_deleting,
    keeping::urls as test_29_urls,
    trees::delete_only_subpaths as test_32_delete_only_subpaths,
    trees::stat as test_33_stat,
    streaming::concurrent_reads as test_35_concurrent_reads,
    streaming::concurrent_files as test_36_concurrent_files,
    continuing::many_appends as test_37_many_appends,
    trees::many_children as many_children,
    trees::walking as walking,
    streaming::unread_streams as unread_streams,
    streaming::broken_content as broken_content,
    continuing::every_boundary as every_boundary,
    mishaps::broken_reads as d11_broken_reads,
    mishaps::damaged_reads as damaged_reads,
    mishaps::ignored_ranges as r1_ignored_ranges,
    mishaps::careful_moves as x2_x3_m3_v1_careful_moves,
    mishaps::refused_deletes as x3_x4_x5_refused_deletes,
    mishaps::foreign_keys as l2_l3_foreign_keys,
);
