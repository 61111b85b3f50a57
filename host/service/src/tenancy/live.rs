//! The tenants by now: the config is read again when it changes, and what is under way goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use ossicle::{Engine, Usage};
use zeroize::Zeroizing;

use super::components::ComponentFiles;
use super::error::ServeConfigError;
use super::file::ServeFile;
use super::loaded::Loaded;
use crate::watched::{Stamp, stamps};

/// Where the config is.
#[derive(Clone)]
pub enum ConfigSource {
    /// In a file, which is read again when it changes.
    File(PathBuf),
    /// Here.
    Text(Zeroizing<String>),
}

impl std::fmt::Debug for ConfigSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Text(_) => f.write_str("Text"),
        }
    }
}

impl ConfigSource {
    /// Reads it.
    ///
    /// # Errors
    /// When it can't be read, or is wrong.
    pub fn read(&self) -> Result<ServeFile, ServeConfigError> {
        match self {
            Self::Text(text) => ServeFile::read(text),
            Self::File(path) => {
                let unreadable = |source| ServeConfigError::Unreadable { path: path.clone(), source };
                ServeFile::read(&Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?))
            }
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Text(_) => None,
        }
    }
}

/// The tenants by now. A clone is the same.
#[derive(Clone, Debug)]
pub struct LiveTenants(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: ConfigSource,
    library: ossicle::Tenants,
    present: RwLock<Arc<Loaded>>,
    /// Held while the config is read.
    last: Mutex<LastReading>,
    counts: ReloadCounts,
}

/// What was read last.
#[derive(Debug)]
struct LastReading {
    stamps: Vec<Stamp>,
    components: ComponentFiles,
}

/// What came of reading the config again.
#[derive(Debug, Default)]
pub(crate) struct ReloadCounts {
    pub taken: AtomicU64,
    pub refused: AtomicU64,
    /// Whether the last one was refused.
    pub is_refused: AtomicBool,
    /// When what is in force was read, in seconds since 1970.
    pub in_force_since: AtomicU64,
}

impl ReloadCounts {
    fn now_in_force(&self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        self.in_force_since.store(now.as_secs(), Relaxed);
    }
}

impl LiveTenants {
    /// Opens the tenants of a config on an engine that has the limits of its table `engine` ([`ServeFile::engine`]). Sends
    /// nothing.
    ///
    /// # Errors
    /// When the config is wrong, or the engine has other limits.
    pub async fn open(source: ConfigSource, engine: Engine) -> Result<Self, ServeConfigError> {
        // Files are read, and components may have to be compiled.
        let opening = tokio::task::spawn_blocking(move || Self::open_here(source, engine));
        opening.await.map_err(|error| ServeConfigError::System(error.to_string()))?
    }

    fn open_here(source: ConfigSource, engine: Engine) -> Result<Self, ServeConfigError> {
        let file = source.read()?;
        if file.engine().clone().or(engine.limits()) != *engine.limits() {
            let reason = "the engine was made with other limits".to_owned();
            return Err(ServeConfigError::Setting { field: "engine", reason });
        }
        let stamps = stamps(&watched_files(&source, &file));
        let components = ComponentFiles::default().reload(&engine, file.components())?;
        let library = ossicle::Tenants::new(engine);
        let loaded = Loaded::open(file, &library, None)?;
        let counts = ReloadCounts::default();
        counts.now_in_force();
        let last = Mutex::new(LastReading { stamps, components });
        Ok(Self(Arc::new(Inner { source, library, present: RwLock::new(Arc::new(loaded)), last, counts })))
    }

    pub(crate) fn present(&self) -> Arc<Loaded> {
        self.0.present.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn counts(&self) -> &ReloadCounts {
        &self.0.counts
    }

    /// What all tenants have together, of what they may have.
    pub(crate) fn usage(&self) -> Usage {
        self.0.library.engine().usage()
    }

    /// The config that is in force.
    pub fn file(&self) -> ServeFile {
        self.present().file().clone()
    }

    /// Reads the config again, with the components and the files of keys that it names. What changed is in force for the calls
    /// from then on; those under way end as they began.
    ///
    /// # Errors
    /// When it is wrong. Then nothing of it is taken, and what was in force stays.
    pub async fn reload(&self) -> Result<(), ServeConfigError> {
        self.read_again(true).await
    }

    /// As [`Self::reload`], if a file of it has changed.
    pub(crate) async fn reload_if_changed(&self) -> Result<(), ServeConfigError> {
        self.read_again(false).await
    }

    async fn read_again(&self, is_forced: bool) -> Result<(), ServeConfigError> {
        let inner = self.0.clone();
        let reading = tokio::task::spawn_blocking(move || inner.read_again(is_forced));
        reading.await.map_err(|error| ServeConfigError::System(error.to_string()))?
    }

    /// Ends all tenants: calls in flight end, or are stopped after so long.
    pub(crate) async fn close(&self, limit: Duration) {
        let all_ended = self.0.library.close_within(limit).await;
        if !all_ended {
            tracing::warn!("calls were stopped that did not end in {limit:?}");
        }
    }
}

/// The files by whose changes the config is read again.
fn watched_files(source: &ConfigSource, file: &ServeFile) -> Vec<PathBuf> {
    source.path().map(Path::to_owned).into_iter().chain(file.components().iter().cloned()).collect()
}

impl Inner {
    fn read_again(&self, is_forced: bool) -> Result<(), ServeConfigError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.present.read().unwrap_or_else(PoisonError::into_inner).clone();
        // Before the files are read: a change in between is then found at the next look.
        let stamps = stamps(&watched_files(&self.source, before.file()));
        if !is_forced && stamps == last.stamps {
            return Ok(());
        }
        // What was refused is tried again when it has changed again.
        last.stamps = stamps;
        let result = self.take(&before, &mut last);
        match &result {
            Ok(()) => {
                self.counts.taken.fetch_add(1, Relaxed);
                self.counts.now_in_force();
                tracing::info!("the config was read again and is in force");
            }
            Err(error) => {
                self.counts.refused.fetch_add(1, Relaxed);
                tracing::error!(%error, "the config was read again and is refused: what was in force stays");
            }
        }
        self.counts.is_refused.store(result.is_err(), Relaxed);
        result
    }

    fn take(&self, before: &Loaded, last: &mut LastReading) -> Result<(), ServeConfigError> {
        let file = self.source.read()?;
        if let Some(field) = file.fixed_difference(before.file()) {
            return Err(ServeConfigError::Fixed(field));
        }
        let engine = self.library.engine();
        let components = last.components.reload(engine, file.components())?;
        let loaded = Loaded::open(file, &self.library, Some(before));
        let loaded = loaded.inspect_err(|_| last.components.restore(engine, &components))?;
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
        last.components = components;
        Ok(())
    }
}
