//! The user's own folders, by the XDG rules where there are no other.

use std::path::PathBuf;

/// Where the user keeps config files.
pub fn config() -> Option<PathBuf> {
    named("XDG_CONFIG_HOME").or_else(|| if cfg!(windows) { named("APPDATA") } else { below_home(".config") })
}

/// Where the user keeps what can be made again.
pub fn cache() -> Option<PathBuf> {
    named("XDG_CACHE_HOME").or_else(|| {
        if cfg!(windows) {
            named("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            below_home("Library/Caches")
        } else {
            below_home(".cache")
        }
    })
}

/// A folder by an environment variable. The XDG rules say to ignore a relative path.
fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn below_home(path: &str) -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(path))
}
