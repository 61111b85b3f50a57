//! Components that are files.

use std::fs;
use std::path::{Path, PathBuf};

use ossicle::Engine;

use super::error::ServeConfigError;

/// Components that are files, as an engine has them.
#[derive(Debug, Default)]
pub(super) struct ComponentFiles {
    present: Vec<(PathBuf, Vec<u8>)>,
}

fn load(engine: &Engine, path: &Path, component: &[u8]) -> Result<(), ServeConfigError> {
    engine
        .reload(component)
        .map_err(|error| ServeConfigError::Component { path: path.to_owned(), reason: error.to_string() })
}

impl ComponentFiles {
    /// Has an engine run what the files hold, and returns what they are then. On a failure everything is as it was.
    pub fn reload(&self, engine: &Engine, paths: &[PathBuf]) -> Result<Self, ServeConfigError> {
        let read = paths.iter().map(|path| match fs::read(path) {
            Ok(bytes) => Ok((path.clone(), bytes)),
            Err(source) => Err(ServeConfigError::Unreadable { path: path.clone(), source }),
        });
        let next = Self { present: read.collect::<Result<_, _>>()? };
        if next.present == self.present {
            return Ok(next);
        }
        let loaded = next.present.iter().try_for_each(|(path, component)| load(engine, path, component));
        match loaded {
            Ok(()) => Ok(next),
            Err(error) => {
                self.restore(engine);
                Err(error)
            }
        }
    }

    /// Has an engine run these again.
    pub fn restore(&self, engine: &Engine) {
        for (path, component) in &self.present {
            if let Err(error) = load(engine, path, component) {
                // It was compiled before, so that the machine lacks something now.
                tracing::error!(%error, "the component that was in use before can't be used any more");
            }
        }
    }
}
