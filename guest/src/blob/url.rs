//! URLs by which a file can be read without credentials.

use std::time::Duration;

use zeroize::Zeroizing;

use super::driver::Driver;
use super::error::DriverError;
use crate::oss::PresignMethod;
use crate::ports::Ports;

/// Upstream's.
const EXPIRY: u64 = 20 * 60;

impl<P: Ports> Driver<P> {
    /// A URL that holds for so many seconds. It is a secret. No request.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unsupported`] when it should hold for less than a second or too long.
    pub async fn url_for(
        &self,
        path: &str,
        method: PresignMethod,
        expiry: Option<u64>,
    ) -> Result<Zeroizing<String>, DriverError> {
        let object = self.file(path)?;
        let expiry = Duration::from_secs(expiry.unwrap_or(EXPIRY));
        Ok(self.0.client.presign(path, &object, method, expiry)?)
    }
}
