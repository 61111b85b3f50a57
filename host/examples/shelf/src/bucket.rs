//! The bucket, as the environment says.

use crate::answer::Failure;
use crate::bindings::ossicle::storage::types::{Config, CredentialSource, Credentials, Endpoint, Timeouts};
use crate::bindings::wasi::cli::environment;

/// What to open a storage with, which has a folder of the bucket.
pub fn config(folder: &str) -> Result<Config, Failure> {
    let environment = environment::get_environment();
    let variable = |name: &str| {
        let found = environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        found.ok_or_else(|| Failure::new(500, &format!("{name} is not set")))
    };
    Ok(Config {
        bucket: variable("OSS_BUCKET")?,
        region: variable("OSS_REGION")?,
        endpoint: variable("OSS_ENDPOINT").ok().map(Endpoint::Custom),
        addressing: None,
        secure: None,
        root: Some(format!("{}/{folder}", variable("SHELF_ROOT")?)),
        signature: None,
        credentials: CredentialSource::Fixed(Credentials {
            access_key_id: variable("OSS_ACCESS_KEY_ID")?,
            access_key_secret: variable("OSS_ACCESS_KEY_SECRET")?,
            security_token: None,
        }),
        roles: Vec::new(),
        timeouts: Timeouts { connect: None, first_byte: None, between_bytes: None, operation: None },
        attempts: None,
        acl: None,
    })
}
