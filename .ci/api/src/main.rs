//! Checks a library's API, by the JSON that rustdoc writes of it: that it is the one of a golden file, so that a change of it is
//! seen in review, and that it has no type of another crate that the library does not re-export. See `run`.

mod api;
mod foreign;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use rustdoc_types::Crate;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [golden, json] = &arguments[..] else {
        return Err("what is needed: the golden file and rustdoc's JSON".into());
    };

    let library: Crate = serde_json::from_str(&fs::read_to_string(json)?)?;
    let is_golden = check_api(golden.as_ref(), &api::of(json.as_ref(), &library)?)?;
    let missing = foreign::missing(&library);
    for (path, place) in &missing {
        eprintln!("{golden}: {path} is in the API, at {place}, and is not re-exported");
    }
    Ok(if is_golden && missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether an API is the golden one, which it becomes with UPDATE_GOLDEN=1.
fn check_api(golden: &Path, api: &str) -> Result<bool, Box<dyn Error>> {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(golden, api)?;
        return Ok(true);
    }
    let before = fs::read_to_string(golden).map_err(|error| format!("{}: {error}", golden.display()))?;
    let changes = api::changes(&before, api);
    if !changes.is_empty() {
        eprintln!(
            "the API is not that of {}; if that is meant, run `UPDATE_GOLDEN=1 .ci/api/run`, and say in CHANGELOG.md what users \
             notice of it:\n{changes}",
            golden.display()
        );
    }
    Ok(changes.is_empty())
}
