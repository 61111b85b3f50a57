//! The storages, by the settings.

use super::trouble::CommandError;
use ossicle_face_storage::Settings;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::Driver;
use ossicle_face_storage::bindings::ossicle::storage::cert_storage::Storage;
use ossicle_face_storage::bindings::ossicle::storage::lock::Locks;
use ossicle_terms::Action;

/// The settings, and what is opened with them.
pub struct Session {
    pub(super) settings: Settings,
}

impl Session {
    /// Gathers the settings.
    pub fn gather() -> Result<Self, CommandError> {
        Ok(Self { settings: Settings::gather()? })
    }

    /// The locks.
    pub async fn locks(&self) -> Result<Locks, CommandError> {
        let opened = Locks::open(self.settings.config()?, self.settings.lock_options()?).await;
        opened.map_err(|error| self.trouble(Action::Inspect, "", error))
    }

    /// The certificates. The locks' folder is none of their data.
    pub async fn certificates(&self) -> Result<Storage, CommandError> {
        let options = self.settings.cert_options()?;
        let locks = self.locks().await?;
        let opened = Storage::open(self.settings.config()?, options, Some(&locks)).await;
        opened.map_err(|error| self.trouble(Action::List, "", error))
    }

    /// The blobs.
    pub async fn blobs(&self) -> Result<Driver, CommandError> {
        let opened = Driver::open(self.settings.config()?, self.settings.blob_options()?).await;
        opened.map_err(|error| self.blob_trouble(Action::List, "/", error))
    }
}
