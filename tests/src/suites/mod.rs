//! Behaviour suites: those of certificates are written once against [`crate::CertStorage`] and run over every flavour, those
//! of blobs run over every way to open a driver.

pub mod blobs;
pub mod callers;
pub mod contract;
pub mod creating;
pub mod gaps;
pub mod locks;
pub mod requests;

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
