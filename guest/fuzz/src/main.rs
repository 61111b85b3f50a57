//! One program for all targets: `OSSICLE_FUZZ_TARGET` names the one that libFuzzer's inputs go to.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("OSSICLE_FUZZ_TARGET").expect("OSSICLE_FUZZ_TARGET names a target");
    let mut targets = ossicle_guest::fuzzing::TARGETS.into_iter().chain(ossicle_emulator::fuzzing::TARGETS);
    targets.find(|(other, _)| *other == name).unwrap_or_else(|| panic!("there is no target {name}")).1
});

fuzz_target!(|data: &[u8]| TARGET(data));
