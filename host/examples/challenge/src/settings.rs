//! The bucket and the authorities, as the manifest of Plecto says.

use crate::component::bindings::ossicle::storage::cert_storage::{CertOptions, Encryption, Storage};
use crate::component::bindings::ossicle::storage::types::{
    Config, CredentialSource, Credentials, Endpoint, Error, Timeouts,
};
use crate::component::bindings::plecto::filter::host_config;

/// How long a value may take with all attempts, in milliseconds, so that a failure is told before Plecto's `request_deadline_ms`, as
/// the README wants it, ends the filter.
const OPERATION: u64 = 4000;

/// Why there is no storage.
pub enum SettingsError {
    /// The manifest does not say this.
    Missing(&'static str),
    /// The storage refuses what it says.
    Refused(Error),
}

/// What is set for a filter.
pub struct Settings {
    /// The URLs of the ACME directories, with white space between them.
    pub directories: String,
    /// Where challenges are published.
    pub storage: Storage,
}

impl Settings {
    /// Reads what the manifest sets. Nothing is sent.
    pub fn new() -> Result<Self, SettingsError> {
        let directories = required("directories")?;
        let storage = Storage::open(&config()?, &options(), None).map_err(SettingsError::Refused)?;
        Ok(Self { directories, storage })
    }
}

fn required(name: &'static str) -> Result<String, SettingsError> {
    host_config::get(name).ok_or(SettingsError::Missing(name))
}

fn config() -> Result<Config, SettingsError> {
    Ok(Config {
        bucket: required("bucket")?,
        region: required("region")?,
        endpoint: host_config::get("endpoint").map(Endpoint::Custom),
        addressing: None,
        secure: None,
        root: host_config::get("root"),
        signature: None,
        credentials: CredentialSource::Fixed(Credentials {
            access_key_id: required("access-key-id")?,
            access_key_secret: required("access-key-secret")?,
            security_token: host_config::get("security-token"),
        }),
        roles: Vec::new(),
        timeouts: Timeouts { connect: None, first_byte: None, between_bytes: None, operation: Some(OPERATION) },
        attempts: None,
        acl: None,
    })
}

fn options() -> CertOptions {
    let key_set = host_config::get("key-set");
    let encryption =
        key_set.map(|key_set| Encryption { key_set: key_set.into_bytes(), key_encryption: None, clear_values: None });
    CertOptions { encryption, storage_class: None, server_side_encryption: None }
}
