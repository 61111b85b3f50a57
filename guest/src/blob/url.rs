//! URLs by which a file can be read without credentials.

use std::time::Duration;

use super::driver::{Driver, unsupported};
use super::error::DriverError;
use crate::oss::{PresignMethod, SignedUrl};
use crate::ports::Ports;

/// Upstream's.
const EXPIRY: u64 = 20 * 60;

/// What version 4 of the signature takes. Version 1 would take any, and it is no reason to give out more.
const MAX_EXPIRY: u64 = 7 * 24 * 3600;

impl<P: Ports> Driver<P> {
    /// A URL that holds for so many seconds, or less where the credentials end before. No request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unsupported`] when it should hold for less than a second or too long.
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
