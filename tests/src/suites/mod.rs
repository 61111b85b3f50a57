//! Behaviour suites, each written once: those of certificates against [`crate::CertStorage`], those of locks against
//! [`crate::Locking`] and those of blobs against [`crate::BlobDriver`]. They run over every flavour, those of blobs over every way
//! to open a driver as well.

pub mod blobs;
pub mod callers;
pub mod contract;
pub mod creating;
pub mod gaps;
pub mod locks;
pub mod requests;
pub mod together;

/// Hands every suite of `cert-storage` to a macro, as `path as name`.
#[macro_export]
macro_rules! every_suite_of_certificates {
    ($make:ident) => {
        $make! {
            $crate::suites::contract::one_key as one_key,
            $crate::suites::contract::a_directory as a_directory,
            $crate::suites::contract::go_modules as go_modules,
            $crate::suites::contract::keys_and_values as keys_and_values,
            $crate::suites::contract::stores_never_mix as stores_never_mix,
            $crate::suites::contract::many_keys as many_keys,
            $crate::suites::callers::check_storage as check_storage,
            $crate::suites::callers::certificate_resources as certificate_resources,
            $crate::suites::callers::recent_account as recent_account,
            $crate::suites::callers::clean_storage as clean_storage,
            $crate::suites::callers::ech_configs as ech_configs,
            $crate::suites::callers::export_and_import as export_and_import,
            $crate::suites::gaps::gap_01 as gap_01,
            $crate::suites::gaps::gap_02 as gap_02,
            $crate::suites::gaps::gap_03 as gap_03,
            $crate::suites::gaps::gap_04_05 as gap_04_05,
            $crate::suites::gaps::gap_06 as gap_06,
            $crate::suites::gaps::gap_07 as gap_07,
            $crate::suites::gaps::gap_08 as gap_08,
            $crate::suites::gaps::gap_09 as gap_09,
            $crate::suites::gaps::gap_10 as gap_10,
            $crate::suites::gaps::gap_11 as gap_11,
            $crate::suites::gaps::gap_22 as gap_22,
            $crate::suites::gaps::gap_25 as gap_25,
            $crate::suites::gaps::gap_26 as gap_26,
            $crate::suites::gaps::gap_31 as gap_31,
            $crate::suites::requests::requests_per_operation as requests_per_operation,
            $crate::suites::creating::creates_once as creates_once,
            $crate::suites::creating::a_lost_answer as a_lost_answer_of_a_create,
        }
    };
}

/// Hands every suite of locks between two instances to a macro, as `name`.
#[macro_export]
macro_rules! every_suite_of_locks {
    ($make:ident) => {
        $make! {
            life_of_a_lease,
            a_wait,
            takeover_and_guarded_writes,
            renewed_late,
            breaking,
            names,
            foreign_objects,
            requests,
            answers_that_are_lost,
            a_log_that_was_deleted,
        }
    };
}

/// Hands every suite of `blob-driver` to a macro, as `path as name`, but for those of
/// [`every_suite_of_blobs_in_small_parts`](crate::every_suite_of_blobs_in_small_parts).
#[macro_export]
macro_rules! every_suite_of_blobs {
    ($make:ident) => {
        $make! {
            $crate::suites::blobs::trees::root_exists as test_01_root_exists,
            $crate::suites::blobs::keeping::valid_paths as test_02_valid_paths,
            $crate::suites::blobs::keeping::invalid_paths as test_03_invalid_paths,
            $crate::suites::blobs::keeping::write_read as test_04_to_08_write_read,
            $crate::suites::blobs::keeping::truncate as test_09_and_34_truncate,
            $crate::suites::blobs::keeping::read_nonexistent as test_10_read_nonexistent,
            $crate::suites::blobs::keeping::write_read_streams as test_11_to_15_write_read_streams,
            $crate::suites::blobs::streaming::reader_with_offset as test_17_reader_with_offset,
            $crate::suites::blobs::continuing::append_large as test_18_append_large,
            $crate::suites::blobs::continuing::append_small as test_19_append_small,
            $crate::suites::blobs::streaming::read_nonexistent_stream as test_20_read_nonexistent_stream,
            $crate::suites::blobs::streaming::zero_bytes_then_append as test_21_and_22_zero_bytes_then_append,
            $crate::suites::blobs::trees::list as test_23_list,
            $crate::suites::blobs::trees::moving as test_24_to_26_moving,
            $crate::suites::blobs::trees::move_invalid as test_27_move_invalid,
            $crate::suites::blobs::trees::deleting as test_28_30_and_31_deleting,
            $crate::suites::blobs::keeping::urls as test_29_urls,
            $crate::suites::blobs::trees::delete_only_subpaths as test_32_delete_only_subpaths,
            $crate::suites::blobs::trees::stat as test_33_stat,
            $crate::suites::blobs::streaming::concurrent_reads as test_35_concurrent_reads,
            $crate::suites::blobs::streaming::concurrent_files as test_36_concurrent_files,
            $crate::suites::blobs::continuing::many_appends as test_37_many_appends,
            $crate::suites::blobs::trees::many_children as many_children,
            $crate::suites::blobs::trees::walking as walking,
            $crate::suites::blobs::streaming::unread_streams as unread_streams,
            $crate::suites::blobs::continuing::every_boundary as every_boundary,
            $crate::suites::blobs::mishaps::broken_reads as d11_broken_reads,
            $crate::suites::blobs::mishaps::damaged_reads as damaged_reads,
            $crate::suites::blobs::mishaps::ignored_ranges as r1_ignored_ranges,
            $crate::suites::blobs::mishaps::careful_moves as x2_x3_m3_v1_careful_moves,
            $crate::suites::blobs::mishaps::refused_deletes as x3_x4_x5_refused_deletes,
            $crate::suites::blobs::mishaps::foreign_keys as l2_l3_foreign_keys,
        }
    };
}

/// Hands every suite of `blob-driver` that counts on small parts to a macro, as `path as name`.
#[macro_export]
macro_rules! every_suite_of_blobs_in_small_parts {
    ($make:ident) => {
        $make! {
            $crate::suites::blobs::conditions::reading as s1_a_reading,
            $crate::suites::blobs::conditions::pages as s1_b_pages,
            $crate::suites::blobs::conditions::going_on as s1_c_going_on,
            $crate::suites::blobs::conditions::deleting_files as s1_d_deleting_files,
            $crate::suites::blobs::conditions::windows_of_time as s1_e_windows_of_time,
            $crate::suites::blobs::conditions::creating as s1_f_creating,
            $crate::suites::blobs::conditions::appending as s1_f_appending,
            $crate::suites::blobs::mishaps::failing_uploads as d2_d4_d6_v13_failing_uploads,
            $crate::suites::blobs::mishaps::failing_writers as v4_v5_v13_failing_writers,
            $crate::suites::blobs::mishaps::lost_answers as v14_lost_answers,
            $crate::suites::blobs::mishaps::suspended_writers as v6_v8_v10_v11_suspended_writers,
            $crate::suites::blobs::requests::of_each_operation as requests_of_each_operation,
            $crate::suites::blobs::parts::growing as d9_v15_growing_parts,
            $crate::suites::blobs::parts::full as d9_v15_full_parts,
            $crate::suites::blobs::continuing::cheap_appends as d10_cheap_appends,
            $crate::suites::blobs::continuing::interrupted as interrupted_uploads,
            $crate::suites::blobs::streaming::content_given_up as content_given_up,
        }
    };
}
