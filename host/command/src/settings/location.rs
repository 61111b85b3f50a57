//! Which config file is read.

use super::problem::Problem;
use crate::files::folders;
use ossicle_terms::Origin;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The file's name where nothing names it.
pub const NAME: &str = "ossicle.toml";
const VARIABLE: &str = "OSSICLE_CONFIG";

/// The config file that was read. There is one command a process.
static USED: OnceLock<PathBuf> = OnceLock::new();

/// The config file that was read, for whoever reports an error: the file chose where requests went and who sent them.
pub fn used() -> Option<&'static Path> {
    USED.get().map(PathBuf::as_path)
}

/// A config file that was found.
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// Reads the file of the flag, of `OSSICLE_CONFIG` or of the user, the first of these. One that is named must be there.
///
/// A file of the working directory is never read unless it is named: whoever wrote the folder, such as a repository that
/// was cloned, would choose which files are read and where keys are sent.
pub fn read(flag: Option<&Path>) -> Result<Option<Found>, Problem> {
    let variable = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let named = match (flag, variable) {
        (Some(path), _) => Some((path.to_owned(), Origin::Flag("--config"))),
        (None, Some(path)) => Some((path, Origin::Environment(VARIABLE))),
        (None, None) => None,
    };
    if let Some((path, origin)) = named {
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error).given_by(origin))?;
        return Ok(Some(Found::new(path, text)));
    }
    let Some(path) = usual() else { return Ok(None) };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            check_owner(&path)?;
            Ok(Some(Found::new(path, text)))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// Where a file is looked for that nothing names; none where the user has no folder for config files.
pub fn usual() -> Option<PathBuf> {
    folders::config().map(|folder| folder.join("ossicle").join(NAME))
}

/// Says that a config file is used.
pub fn use_file(path: &Path) {
    tracing::debug!(path = %path.display(), "config file");
    USED.get_or_init(|| path.to_owned());
}

impl Found {
    fn new(path: PathBuf, text: String) -> Self {
        use_file(&path);
        Self { path, text }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("the config file {} can't be read: {error}", path.display()))
}

/// In a folder that others may write to, somebody else's file would choose where keys are sent.
#[cfg(unix)]
fn check_owner(path: &Path) -> Result<(), Problem> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.uid();
    if owner == 0 || owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let reason = format!("the config file {} belongs to another user and was not asked for", path.display());
    Err(Problem::new(reason).hint(format!(
        "if it is meant, name it: --config {}",
        crate::terminal::foreign::argument(&path.to_string_lossy())
    )))
}

#[cfg(not(unix))]
fn check_owner(_: &Path) -> Result<(), Problem> {
    Ok(())
}

/// Warns when everybody can read a file that holds a secret: a config or credentials with an access key, a key set.
#[cfg(unix)]
pub fn warn_if_open(path: &Path) {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.mode() & 0o004 != 0) {
        let path = path.to_string_lossy();
        crate::terminal::output::warn(&format!(
            "{path} holds a secret and everybody on this machine can read it: {}",
            crate::terminal::foreign::command("chmod 600", &[&path])
        ));
    }
}

#[cfg(not(unix))]
pub fn warn_if_open(_: &Path) {}
