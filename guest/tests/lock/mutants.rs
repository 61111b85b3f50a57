//! The simulation can fail: it catches the core with any one rule broken. Needs the feature `lock-mutants`:
//! `cargo test -p ossicle-guest --test lock --features lock-mutants mutants -- --nocapture` tells seed, step and what was noticed.

use ossicle_guest::lock::{LockSettings, Rule};

use crate::fleet::{Failure, Setup, run};
use crate::simulation::{replay, report};
use crate::weather::{crowded, frozen, impatient};

/// Runs seeds until one fails.
fn caught(what: &str, setup: &Setup) -> Failure {
    for seed in 0..400 {
        if let Err(failure) = run(seed, setup) {
            let again = replay(&failure, setup);
            assert_eq!((again.step, &again.message), (failure.step, &failure.message), "a seed decides everything");
            assert!(report(&again).contains("OSSICLE_LOCK_SEED"));
            println!("{what}: seed {seed}, step {}: {}", failure.step, failure.message);
            return again;
        }
    }
    panic!("the simulation does not notice {what}");
}

fn breaking(rule: Rule) -> Setup {
    Setup { locks: LockSettings::default().breaking(rule), ..Setup::default() }
}

#[test]
fn m1_no_grace() {
    caught("M1", &breaking(Rule::Grace));
}

#[test]
fn m2_the_lease_runs_from_the_answer() {
    caught("M2", &breaking(Rule::LeaseFromSend));
}

#[test]
fn m3_no_answer_counts_as_success() {
    caught("M3", &breaking(Rule::UndecidedIsNoSuccess));
}

#[test]
fn m4_a_release_does_not_look() {
    caught("M4", &breaking(Rule::ReleaseLooks));
}

#[test]
fn m5_positions_do_not_matter() {
    caught("M5 in the core", &breaking(Rule::PositionIsRead));
    caught("M5 in OSS", &Setup { forgets_positions: true, ..Setup::default() });
}

#[test]
fn m6_calls_are_confused() {
    caught("M6", &Setup { worse: Some(impatient), ..breaking(Rule::CallsDiffer) });
}

#[test]
fn m7_no_margin_for_slow_clocks() {
    let setup = Setup { slow_clocks: true, ..breaking(Rule::Margin) };
    caught("M7", &setup);
    for seed in 0..10 {
        let control = Setup { slow_clocks: true, ..Setup::default() };
        assert!(run(seed, &control).is_ok(), "with the margin the same clocks do no harm");
    }
}

#[test]
fn m8_writes_have_no_end() {
    caught("M8", &breaking(Rule::WritesEnd));
}

#[test]
fn m9_a_release_does_not_wait_for_writes() {
    caught("M9", &breaking(Rule::ReleaseWaits));
}

#[test]
fn m12_a_repeat_restarts_the_lease() {
    caught("M12", &Setup { worse: Some(frozen), ..breaking(Rule::FirstSendCounts) });
}

/// 2.2, as the next.
#[test]
fn m13_the_nonce_does_not_decide_whose_tenure_it_is() {
    let failure = caught("M13", &Setup { worse: Some(crowded), ..breaking(Rule::NonceDecides) });
    assert!(failure.message.contains("was released under it"), "{}", failure.message);
}

#[test]
fn m14_the_first_record_of_a_renewed_tenure_is_not_read() {
    let failure = caught("M14", &Setup { worse: Some(crowded), ..breaking(Rule::FirstRecordIsRead) });
    assert!(failure.message.contains("was released under it"), "{}", failure.message);
}

#[test]
fn m15_writes_go_on_beside_a_release() {
    let failure = caught("M15", &breaking(Rule::ReleasedIsOver));
    assert!(failure.message.contains("a stale write"), "{}", failure.message);
}
