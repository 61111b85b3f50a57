//! Variables of the environment that are no settings of a storage's.

use crate::Problem;
use crate::bindings::wasi::cli::environment::get_environment;

/// All of them, as the host gives them.
pub fn all() -> Vec<(String, String)> {
    get_environment()
}

/// The value of a variable, which may be empty; nothing where it is not set.
pub fn given(name: &str) -> Option<String> {
    all().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The value of a variable; nothing where it is not set, or set to nothing.
pub fn text(name: &str) -> Option<String> {
    given(name).filter(|value| !value.is_empty())
}

/// Whether a variable is set to a word for yes; `None` where it is not set.
///
/// # Errors
/// When it is set to a word that is neither.
pub fn truth(name: &str) -> Result<Option<bool>, Problem> {
    let Some(text) = text(name) else { return Ok(None) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(Some(true)),
        "false" | "no" | "off" | "0" => Ok(Some(false)),
        _ => Err(Problem::of_variable(name, "must be true or false")),
    }
}
