//! URLs that give access to a file without credentials.

use std::time::Duration;

use super::driver::{Driver, unsupported};
use super::error::DriverError;
use crate::oss::{PresignMethod, SignedUrl};
use crate::ports::Ports;

/// Upstream's default, in seconds.
const EXPIRY: u64 = 20 * 60;

/// The longest expiry, in seconds, that version 4 of the signature allows. Version 1 would allow any, but gets the same
/// limit.
const MAX_EXPIRY: u64 = 7 * 24 * 3600;

impl<P: Ports> Driver<P> {
    /// A URL that is valid for `expiry` seconds, or less if the credentials expire before. No request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unsupported`] if `expiry` is less than a second or too long.
    pub async fn url_for(
        &self,
        path: &str,
        method: PresignMethod,
        expiry: Option<u64>,
    ) -> Result<SignedUrl, DriverError> {
        let object = self.file(path)?;
        let expiry = expiry.unwrap_or(EXPIRY);
        if !(1..=MAX_EXPIRY).contains(&expiry) {
            return Err(unsupported(path, format!("a URL holds for 1 to {MAX_EXPIRY} seconds, not for {expiry}")));
        }
        let expiry = Duration::from_secs(expiry);
        Ok(self.0.client.presign(&self.0.options.url_target, path, &object, method, expiry).await?)
    }
}
