//! Files of other programs' that hold credentials.

use super::super::location::warn_if_open;
use super::super::problem::Problem;
use super::chosen::Chosen;
use ossicle::Secret;
use std::io::ErrorKind;
use std::path::Path;
use zeroize::Zeroizing;

/// What became of looking into a file.
#[derive(Debug)]
pub enum Looked {
    /// It says who asks.
    Chosen(Box<Chosen>),
    /// There is no file.
    Missing,
    /// It has nothing to say, for this reason: what comes after it counts.
    Empty(String),
}

/// The file's text, without the byte order mark that editors of Windows put in front; none where there is no file.
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>, Problem> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let mut text = Zeroizing::new(text);
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(Some(text))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(problem(path, format!("can't be read: {error}"))),
    }
}

/// A problem with a file.
pub fn problem(path: &Path, what: impl std::fmt::Display) -> Problem {
    Problem::new(format!("credentials: {} {what}", path.display()))
}

/// Warns when everybody can read a file whose access key is used.
pub fn warn(path: &Path) {
    warn_if_open(path);
}

/// A token's file that another file names. A relative path would begin in the working directory, where anybody's file may
/// lie.
pub fn token(path: &Path, named: String) -> Result<Secret, Problem> {
    if Path::new(&named).is_absolute() {
        return Ok(Secret::file(named));
    }
    Err(problem(path, format!("names the token's file {named:?}, and only a path from the root on can be used")))
}
