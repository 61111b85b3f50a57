//! What clients of Ossicle's HTTP API rely on, as tests of any server of it.
//!
//! They run over the core with a bucket in memory (`guest/api`), over `ossicle serve` (`host/service`) and over the component
//! that serves the API (`host/tests/faces`), whose instances may serve one request each. A suite is a function of [`suites`] that
//! takes a [`Site`] with an empty bucket, and [`for_each_suite`] names all of them. Those of [`served`] are about what a server
//! adds to the core, and take a [`Served`].
//!
//! What needs a clock that is set, a fault, or a look at what was asked of OSS is no suite: it stays with the core's tests, which
//! have a bucket that can do that. So do the tests of what only `ossicle serve` has: several tenants, rates, certificates of
//! clients, a config that changes, `/status`, `/readyz`, `/metrics` and the page.
#![allow(missing_docs, reason = "the name of a suite says what it asks for")]

mod asked;
mod certificates;
mod conditions;
mod files;
mod locks;
mod open;
mod reads;
mod requests;
mod site;
mod tokens;
mod uploads;

pub use site::{Served, Site};
pub use tokens::{Known, known};

/// Calls a macro with the name of each suite.
#[macro_export]
macro_rules! for_each_suite {
    ($suite:ident) => {
        $suite! {
            certificate_is_read_as_it_was_stored,
            key_may_have_its_slashes_escaped,
            certificates_are_listed_in_pages,
            directory_is_told_from_a_certificate,
            removal_takes_what_is_below_only_when_told,
            change_needs_what_its_conditions_name,
            of_changes_at_once_none_is_lost,
            change_under_a_lease_needs_it,
            blobs_are_listed_in_pages,
            walk_is_lines,
            removal_of_a_file_leaves_what_is_below_its_path,
            file_is_copied_and_moved,
            url_is_signed_for_a_while,
            lock_has_one_holder,
            lease_is_all_there_is_of_it,
            lock_is_broken_by_its_token_alone,
            any_string_is_a_name_of_a_lock,
            lease_must_be_one_of_the_lock,
            range_is_read_alone,
            range_of_another_state_gives_everything,
            what_a_client_has_already_is_not_sent,
            unknown_paths_and_methods_are_refused,
            content_of_another_type_is_refused,
            upload_goes_on_in_another_request,
            content_at_another_offset_is_refused,
            commit_heeds_its_condition,
            upload_is_aborted,
        }
    };
}

/// The suites. Each takes an empty bucket.
pub mod suites {
    pub use crate::certificates::*;
    pub use crate::conditions::*;
    pub use crate::files::*;
    pub use crate::locks::*;
    pub use crate::reads::*;
    pub use crate::requests::*;
    pub use crate::uploads::*;
}

/// Calls a macro with the name of each suite of what a server adds.
#[macro_export]
macro_rules! for_each_suite_of_servers {
    ($suite:ident) => {
        $suite! {
            token_has_its_rights,
            nobody_is_told_more_than_that_the_credentials_do_not_do,
            content_is_as_long_as_the_token_allows,
            document_and_health_are_for_everybody,
            stored_content_runs_nothing_in_a_browser,
            every_response_has_the_id_of_its_request,
        }
    };
}

/// The suites of what a server adds. Each takes an empty bucket.
pub mod served {
    pub use crate::open::*;
    pub use crate::tokens::suites::*;
}
