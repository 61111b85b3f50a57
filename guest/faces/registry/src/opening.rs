//! The registry of this instance.

use crate::ports::FacePorts;
use crate::storage::{Bucket, described};
use crate::{access, options};
use ossicle_face_storage::bindings::ossicle::storage::blob_driver::Driver;
use ossicle_face_storage::bindings::ossicle::storage::types::ErrorKind;
use ossicle_face_storage::{Problem, Settings};
use ossicle_registry::Registry;
use std::cell::OnceCell;
use std::rc::Rc;

type FaceRegistry = Registry<FacePorts>;

thread_local! {
    /// All requests of this instance share it: it remembers what it has seen of the storage.
    static REGISTRY: OnceCell<Rc<FaceRegistry>> = const { OnceCell::new() };
}

/// The registry; opened by the first request, which sends nothing.
///
/// # Errors
/// When the environment is not what it needs. Another request tries again.
pub async fn registry() -> Result<Rc<FaceRegistry>, Problem> {
    if let Some(opened) = REGISTRY.with(|registry| registry.get().cloned()) {
        return Ok(opened);
    }
    let settings = Settings::gather()?;
    let blob_options = settings.blob_options()?;
    let access = access::read()?;
    let options = options::read(blob_options.part_size, &access)?;
    let driver = Driver::open(settings.config()?, blob_options).await.map_err(|error| {
        let invalid = error.causes.first().map(|cause| (&cause.error.kind, &cause.error.message));
        match invalid {
            Some((ErrorKind::InvalidConfig(field), message)) => settings.explain(field, message),
            _ => Problem::of_variable("the storage", described(&error)),
        }
    })?;
    let opened = Rc::new(Registry::new(FacePorts::new(Bucket::new(driver), access), options));
    // Where another request was faster, its registry counts.
    Ok(REGISTRY.with(|registry| registry.get_or_init(|| opened).clone()))
}
