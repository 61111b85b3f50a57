//! The corpus and the regressions of the targets, replayed.

use super::TARGETS;

#[test]
fn no_input_of_the_corpus_finds_anything() {
    ossicle_replay::corpus(&TARGETS);
}

#[test]
fn no_regression_finds_anything() {
    ossicle_replay::regressions(&TARGETS);
}
