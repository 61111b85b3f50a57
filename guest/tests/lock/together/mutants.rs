//! The simulation of sets can fail: each of these breaks one rule and names the simulation that notices, and how. Needs the
//! feature `lock-mutants`.

use ossicle_guest::cert::SetRule;
use ossicle_guest::lock::Rule;

use super::broken::{Broken, breaking};
use super::{crashes, late, refused, resealed};

fn caught(rule: SetRule, simulation: fn()) {
    breaking(Broken::Set(rule), simulation);
}

#[test]
#[should_panic(expected = "left: [Some(\"2 d/a.crt\"), None, None]")]
fn s1_the_index_is_put_beside_the_copies() {
    caught(SetRule::CopiesFirst, crashes::all_or_nothing_whenever_the_writer_dies);
}

#[test]
#[should_panic(expected = "it can't be established that the values are of one set")]
fn s2_values_are_put_beside_the_index() {
    caught(SetRule::IndexFirst, crashes::all_or_nothing_whenever_the_writer_dies);
}

#[test]
#[should_panic(expected = "left: [None, None, None]")]
fn s2_values_are_removed_beside_the_index() {
    caught(SetRule::IndexFirst, crashes::removing_is_all_or_nothing_as_well);
}

#[test]
#[should_panic(expected = "left: [Some(\"2 d/a.crt\"), None, None]")]
fn s3_copies_go_beside_the_values() {
    caught(SetRule::CopiesGoLast, crashes::all_or_nothing_whenever_the_writer_dies);
}

#[test]
#[should_panic(expected = "left: [Some(\"x\"), None, Some(\"y\")]")]
fn s4_the_index_goes_beside_the_values() {
    caught(SetRule::IndexGoesLast, crashes::removing_is_all_or_nothing_as_well);
}

#[test]
#[should_panic(expected = "what was replaced is back")]
fn s5_the_index_of_a_directory_goes_beside_the_values() {
    caught(SetRule::DirectoryKeepsIndex, crashes::of_a_directory_the_index_goes_last);
}

#[test]
#[should_panic(expected = "it can't be established that the values are of one set")]
fn s6_whatever_is_below_a_key_goes() {
    caught(SetRule::OnlyCopiesGo, refused::sets_below_a_key_of_a_set_are_left_alone);
}

#[test]
#[should_panic(expected = "stored d/a.json")]
fn s7_copies_stand_in_for_any_value() {
    caught(SetRule::OnlyReplacedIsCopied, crashes::a_single_store_after_a_crash_is_heeded);
}

#[test]
#[should_panic(expected = "[Some(\"2 d/a.crt\"), Some(\"2 d/a.json\"), Some(\"1 d/a.key\")]")]
fn s8_values_of_another_set_pass_for_single_ones() {
    caught(SetRule::OtherSetsDiffer, refused::sets_of_other_keys_are_other_sets);
}

#[test]
#[should_panic(expected = "[Some(\"1 d/a.crt\"), None, None]")]
fn s9_values_of_a_set_without_an_index_pass_for_single_ones() {
    caught(SetRule::SetsHaveAnIndex, resealed::a_value_of_a_removed_set_that_came_back_is_an_error);
}

#[test]
#[should_panic(expected = "a mix")]
fn s10_the_index_is_read_after_the_keys_alone() {
    caught(SetRule::IndexIsReadFirst, late::a_slow_reader_finds_one_set);
}

#[test]
#[should_panic(expected = "no set")]
fn s11_the_index_is_read_before_the_keys_alone() {
    caught(SetRule::IndexIsReadAgain, late::a_slow_reader_finds_one_set);
}

#[test]
#[should_panic(expected = "a mix")]
fn s12_a_copy_that_is_gone_is_no_value() {
    caught(SetRule::GoneIsReadAgain, late::a_slow_reader_finds_one_set);
}

#[test]
#[should_panic(expected = "left: [None, None, None]")]
fn s13_copies_that_were_gone_are_gone_of_the_next_set() {
    caught(SetRule::GoneIsForgotten, late::what_is_gone_of_one_set_says_nothing_of_the_next);
}

#[test]
#[should_panic(expected = "left: [Some(\"x\"), Some(\"2 d/a.json\"), Some(\"y\")]")]
fn s14_a_value_that_is_sealed_anew_is_another() {
    caught(SetRule::IdentityIsKept, crashes::reencryption_after_a_crash_changes_no_set);
}

#[test]
#[should_panic(expected = "it can't be established that the values are of one set")]
fn s15_a_value_is_sealed_anew_over_another_with_its_bytes() {
    caught(SetRule::IdentityIsCompared, resealed::a_set_that_stores_the_same_bytes_again_is_noticed);
}

#[test]
#[should_panic(expected = "[Some(\"x\"), Some(\"2 d/a.json\"), Some(\"2 d/a.key\")]")]
fn s16_what_came_back_passes_for_a_single_value() {
    caught(SetRule::CameBack, resealed::a_value_that_came_back_is_not_taken_for_a_later_one);
}

#[test]
#[should_panic(expected = "[Some(\"x\"), Some(\"2 d/a.json\"), Some(\"2 d/a.key\")]")]
fn s17_clocks_are_taken_for_one() {
    caught(SetRule::ClocksDiffer, resealed::a_value_that_came_back_is_not_taken_for_a_later_one);
}

#[test]
#[should_panic(expected = "no failure: Ok(Once)")]
fn m16_sets_are_changed_while_a_write_may_arrive() {
    breaking(Broken::Lock(Rule::SetsAreAlone), late::no_set_is_changed_while_an_earlier_write_may_arrive);
}

#[test]
#[should_panic(expected = "no failure: Ok(Once)")]
fn m16_two_sets_are_stored_at_once() {
    breaking(Broken::Lock(Rule::SetsAreAlone), late::two_sets_are_not_stored_at_once);
}
