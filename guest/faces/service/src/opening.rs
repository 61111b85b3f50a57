//! The service of this instance.

use crate::ports::{BucketPorts, described};
use crate::tokens::{self, Tokens};
use ossicle_api::Api;
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::Driver;
use ossicle_face_storage::bindings::ossicle::storage::cert_storage::Storage;
use ossicle_face_storage::bindings::ossicle::storage::lock::Locks;
use ossicle_face_storage::bindings::ossicle::storage::types::{Error, ErrorKind};
use ossicle_face_storage::{Problem, Settings};
use std::cell::OnceCell;
use std::rc::Rc;

/// The service of this instance.
pub struct Service {
    /// The API.
    pub api: Api<BucketPorts>,
    /// Who may use it.
    pub tokens: Tokens,
}

thread_local! {
    /// All requests of this instance share it.
    static SERVICE: OnceCell<Rc<Service>> = const { OnceCell::new() };
}

/// The service; opened by the first request, which sends nothing.
///
/// # Errors
/// When the environment is not what it needs. Another request tries again.
pub async fn service() -> Result<Rc<Service>, Problem> {
    if let Some(opened) = SERVICE.with(|service| service.get().cloned()) {
        return Ok(opened);
    }
    let tokens = tokens::read()?;
    let settings = Settings::gather()?;
    let locks = Locks::open(settings.config()?, settings.lock_options()?).await;
    let locks = locks.map_err(|error| problem(&settings, &error))?;
    let certificates = Storage::open(settings.config()?, settings.cert_options()?, Some(&locks)).await;
    let certificates = certificates.map_err(|error| problem(&settings, &error))?;
    let blobs = Driver::open(settings.config()?, settings.blob_options()?).await;
    let blobs = blobs.map_err(|error| match error.causes.first() {
        Some(cause) => problem(&settings, &cause.error),
        None => Problem::of_variable("the blobs", described(&error)),
    })?;
    let opened = Rc::new(Service { api: Api::new(BucketPorts::new(certificates, locks, blobs)), tokens });
    // Where another request was faster, its service counts.
    Ok(SERVICE.with(|service| service.get_or_init(|| opened).clone()))
}

fn problem(settings: &Settings, error: &Error) -> Problem {
    match &error.kind {
        ErrorKind::InvalidConfig(field) => settings.explain(field, &error.message),
        _ => Problem::of_variable("the storage", error.message.clone()),
    }
}
