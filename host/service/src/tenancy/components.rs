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
        let same = next.beginning_shared_with(self);
        for (place, (path, component)) in next.present.iter().enumerate().skip(same) {
            if let Err(error) = load(engine, path, component) {
                if place > same {
                    self.restore(engine, &next);
                }
                return Err(error);
            }
        }
        Ok(next)
    }

    /// Has an engine run these again, in place of others that it was told to run.
    pub fn restore(&self, engine: &Engine, others: &Self) {
        for (path, component) in self.present.iter().skip(self.beginning_shared_with(others)) {
            if let Err(error) = load(engine, path, component) {
                // It was compiled before, so that the machine lacks something now.
                tracing::error!(%error, "the component that was in use before can't be used any more");
            }
        }
    }

    /// How many of the first ones are the same. These are not loaded again, which would take the place of instances that are at
    /// work though nothing changed; those behind them are, for of two that export one interface the later one counts.
    fn beginning_shared_with(&self, others: &Self) -> usize {
        self.present.iter().zip(&others.present).take_while(|(these, others)| these == others).count()
    }
}
