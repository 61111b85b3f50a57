//! What came of a step, told in a few words, and whether it is what should have come.

use ossicle::Error;
use std::fmt::Display;

/// What came of a step: what to tell of it, right or wrong.
pub type Outcome = Result<String, String>;

/// A call that should succeed.
pub fn succeeds<T, E: Display>(result: Result<T, E>, judge: impl FnOnce(T) -> Outcome) -> Outcome {
    match result {
        Ok(value) => judge(value),
        Err(error) => Err(error.to_string()),
    }
}

/// A call that should fail.
pub fn fails<T>(result: Result<T, Error>, judge: impl FnOnce(Error) -> Outcome) -> Outcome {
    match result {
        Ok(_) => Err("it succeeded, which it must not".to_owned()),
        Err(error) => judge(error),
    }
}

/// Right if it holds.
pub fn told(right: bool, text: impl Into<String>) -> Outcome {
    let text = text.into();
    if right { Ok(text) } else { Err(text) }
}
