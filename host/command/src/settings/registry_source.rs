//! What a registry is to serve, by what is set.

use super::blobs::BlobFlags;
use super::flags::Flags;
use super::gather::Settings;
use super::problem::Problem;
use super::registry::{BUCKET_VARIABLE, Registry};

/// What a registry is to serve.
#[derive(Debug)]
pub enum RegistrySource {
    /// The bucket of the usual settings.
    Settings,
    /// The bucket of the registry that is replaced.
    Replaced(Registry),
    /// Nothing names a bucket: an emulator's.
    Emulator,
}

impl RegistrySource {
    /// Finds it out.
    pub fn of(flags: &Flags, storing: &BlobFlags, registry: &Registry) -> Result<Self, Problem> {
        if registry.is_asked_for() {
            return Ok(Self::Replaced(registry.clone()));
        }
        // One more parameter of a registry's settings, which nobody asked for.
        registry.parameters()?;
        let is_replaced = std::env::var_os(BUCKET_VARIABLE).is_some_and(|bucket| !bucket.is_empty());
        match Settings::bucket_origin(flags)? {
            Some(origin) if is_replaced => {
                let reason = format!("the bucket is named twice: by {BUCKET_VARIABLE}, and by {origin}");
                Err(Problem::new(reason)
                    .hint("--registry takes that of the registry's variables; or unset one of them"))
            }
            Some(_) => Ok(Self::Settings),
            None if is_replaced => Ok(Self::Replaced(registry.with_variables())),
            // Whoever gives a flag means a bucket, and hears that its name is missing.
            None if flags.config.is_some() || !flags.given().is_empty() || !storing.given().is_empty() => {
                Ok(Self::Settings)
            }
            None => Ok(Self::Emulator),
        }
    }
}
