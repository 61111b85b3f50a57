//! The simulation can fail: it catches the core with any one rule broken. Needs the feature `gc-mutants`:
//! `cargo test -p ossicle-registry --release --test gc --features gc-mutants mutants -- --nocapture` tells seed, step and
//! what was noticed.

use ossicle_registry::gc::rule::Rule;

use crate::fleet::{Failure, Setup, run};
use crate::simulation::{replay, report};
use crate::weather::{SECOND, Weather};

/// Runs seeds until one fails. The rarest mutant takes some hundreds.
fn caught(what: &str, setup: &Setup) -> Failure {
    let mut steps = 0;
    for seed in 0..2000 {
        match run(seed, setup) {
            Ok(stats) => steps += stats.steps,
            Err(failure) => {
                let again = replay(&failure, setup);
                assert_eq!((again.step, &again.message), (failure.step, &failure.message), "a seed decides everything");
                assert!(report(&again).contains("OSSICLE_GC_SEED"));
                println!("{what}: seed {seed}, after {} steps: {}", steps + failure.step, failure.message);
                return again;
            }
        }
    }
    panic!("the simulation does not notice {what} in {steps} steps");
}

fn breaking(rule: Rule) -> Setup {
    let setup = Setup::default();
    Setup { gc: setup.gc.breaking(rule), ..setup }
}

macro_rules! mutants {
    ($($name:ident: $rule:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                caught(stringify!($name), &breaking(Rule::$rule));
            }
        )*
    };
}

mutants! {
    m3_pushes_have_no_deadlines: Deadlines,
    m4_the_list_is_not_heeded: ListIsHeeded,
    m5_listed_digests_are_written_after_t1: ListedUntilT1,
    m6_a_listed_digest_is_absent_whatever_its_link: YoungLinkIsPresent,
    m7_the_manifests_own_digest_is_not_treated: OwnDigest,
    m8_facts_are_older_than_the_view: FactsAfterView,
    m9_the_cache_is_kept_over_a_gap: GapEmptiesCache,
    m10_listed_digests_stay_in_the_cache: ListingDropsFacts,
    m11_links_come_before_blobs: Order,
    m12_head_does_not_renew_links: LinksAreRenewed,
    m14_there_is_no_second_mark: SecondMark,
    m15_the_second_mark_reads_no_manifests: SecondMarkReadsManifests,
    m16_the_second_mark_heeds_no_links: SecondMarkHeedsLinks,
    m18_the_second_mark_does_not_wait: SecondMarkWaits,
    m19_t1_does_not_include_w: T1IncludesView,
    m23_records_are_published_inside_another_epoch: PublishAfterLastEpoch,
    m24_an_undecided_publication_counts: UndecidedIsResolved,
    m25_deletes_have_no_deadline: DeletesEnd,
}

/// The record lands just inside its deadline.
fn late_appends(weather: &mut Weather) {
    weather.edge_appends = 900;
}

/// Deletes that arrive as late as they may, and take as long as they may.
fn late_deletes(weather: &mut Weather) {
    weather.edge_deletes = 900;
    weather.lagging = 800;
}

/// Everything arrives as late as it may, and takes as long as it may.
fn at_the_edge(weather: &mut Weather) {
    late_deletes(weather);
    late_appends(weather);
    weather.edge = 500;
}

/// Processes that pause between any two steps.
fn slow(weather: &mut Weather) {
    weather.pauses = 100;
}

/// Requests that are minutes under way.
fn delayed(weather: &mut Weather) {
    weather.late = 300;
}

/// Errors that the driver does not mend by asking again.
fn unreliable(weather: &mut Weather) {
    weather.lost = 200;
}

fn breaking_in(rule: Rule, worse: fn(&mut Weather)) -> Setup {
    let mut setup = breaking(rule);
    worse(&mut setup.weather);
    setup
}

#[test]
fn m1_the_deadline_counts_from_the_facts() {
    caught("M1", &breaking_in(Rule::DeadlineFromView, slow));
}

#[test]
fn m2_layer_links_have_no_deadline() {
    caught("M2", &breaking_in(Rule::LinkDeadline, delayed));
}

#[test]
fn m13_waiting_ends_at_t2() {
    caught("M13", &breaking_in(Rule::SlackAfterT2, late_deletes));
}

#[test]
fn m17_errors_during_marks_are_ignored() {
    caught("M17", &breaking_in(Rule::ErrorsEndMark, unreliable));
}

#[test]
fn m20_t1_counts_from_the_sending() {
    caught("M20", &breaking_in(Rule::T1FromPublication, late_appends));
}

/// With effects that take up to 12 s, and a slack of 4 s.
#[test]
fn m21_the_slack_is_too_small() {
    let mut setup = breaking_in(Rule::SlackCoversDelays, at_the_edge);
    setup.weather.lag = 12 * SECOND;
    caught("M21", &setup);
}

#[test]
fn m22_records_are_appended_anywhere() {
    caught("M22", &Setup { collectors: 3, ..breaking_in(Rule::AppendAtPosition, delayed) });
}

/// It is the broken rule that is noticed, and not the weather.
#[test]
fn the_same_weather_does_no_harm_with_all_rules_kept() {
    for worse in [late_appends, late_deletes, at_the_edge, slow, delayed, unreliable] {
        let mut setup = Setup::default();
        worse(&mut setup.weather);
        for seed in 0..10 {
            assert!(run(seed, &setup).is_ok(), "seed {seed}");
        }
    }
}
