//! Values sealed as Tink seals them, through the built component.

#[path = "encryption/gaps.rs"]
mod gaps;
#[path = "encryption/known_answers.rs"]
mod known_answers;
#[path = "encryption/moving.rs"]
mod moving;
#[path = "encryption/refused.rs"]
mod refused;
#[path = "encryption/round_trip.rs"]
mod round_trip;
#[path = "encryption/support.rs"]
mod support;
