//! The components, compiled: from the user's cache where they were before.

use crate::component::Component;
use crate::error::CommandError;
use crate::files::folders;
use crate::settings::proxies;
use ossicle::{Allocation, Engine, EngineOptions};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An engine, and how it came to be.
pub struct Started {
    /// The engine.
    pub engine: Engine,
    /// How long that took.
    pub took: Duration,
    /// Whether the compiled components were in the cache.
    pub from_cache: bool,
}

/// Starts an engine with these components, on a thread where it may take its second. One that is not wanted would take as much
/// time and memory as one that is.
pub async fn start(components: &'static [Component]) -> Result<Started, CommandError> {
    start_with(components, few_tenants()).await
}

/// The options for one tenant, or some.
pub fn few_tenants() -> EngineOptions {
    // A pool would only reserve address space; and the only tenant, as a rule, may have all that its own limits allow.
    EngineOptions::new().allocation(Allocation::OnDemand).total_memory(u64::MAX)
}

/// As [`start`], with these options.
pub async fn start_with(components: &'static [Component], options: EngineOptions) -> Result<Started, CommandError> {
    let starting = tokio::task::spawn_blocking(move || start_here(components, options));
    starting.await.map_err(|error| CommandError::Runtime(error.into()))?
}

fn start_here(components: &[Component], options: EngineOptions) -> Result<Started, CommandError> {
    let begun = Instant::now();
    let components = components.iter().map(|component| component.bytes());
    let options = options.proxies(proxies()?);
    if let Some(folder) = cache() {
        let before = entries(&folder);
        match Engine::with_components(components.clone(), options.clone().cache(&folder)) {
            Ok(engine) => {
                let from_cache = !before.is_empty() && entries(&folder).is_subset(&before);
                return Ok(Started { engine, took: begun.elapsed(), from_cache });
            }
            Err(error) => tracing::debug!(%error, "no cache"),
        }
    }
    let engine = Engine::with_components(components, options).map_err(CommandError::Engine)?;
    Ok(Started { engine, took: begun.elapsed(), from_cache: false })
}

/// The folder that keeps compiled components. What is in it is run as machine code, so it must be the user's alone;
/// where it can't be, there is no cache.
fn cache() -> Option<PathBuf> {
    let folder = folders::cache()?.join("ossicle");
    let made = make(&folder);
    match &made {
        Ok(true) => {}
        Ok(false) => tracing::debug!(?folder, "no cache: others may write there"),
        Err(error) => tracing::debug!(?folder, %error, "no cache"),
    }
    made.is_ok_and(|ours| ours).then_some(folder)
}

/// Makes the folder. Whether it is the user's alone.
#[cfg(unix)]
fn make(folder: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let found = std::fs::metadata(folder)?;
    Ok(found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> std::io::Result<bool> {
    std::fs::create_dir_all(folder)?;
    Ok(true)
}

/// The compiled modules in the cache: `modules/<compiler>/<hash>`, beside which wasmtime keeps statistics with an
/// extension.
fn entries(folder: &Path) -> BTreeSet<OsString> {
    let below = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
    below(folder.join("modules"))
        .flat_map(|compiler| below(compiler.path()))
        .filter(|entry| entry.path().extension().is_none())
        .map(|entry| entry.file_name())
        .collect()
}
