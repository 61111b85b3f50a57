//! One tenant on an emulator, to try it.

use super::token;
use crate::error::CommandError;
use ossicle_emulator::{BucketSpec, Builder, Emulator};
use ossicle_service::NewToken;
use zeroize::Zeroizing;

/// The tenant's name, and its bucket's.
pub const NAME: &str = "demo";

/// One tenant on an emulator.
pub struct Trial {
    /// It lives as long as this.
    pub emulator: Emulator,
    pub token: NewToken,
}

impl Trial {
    /// Starts the emulator.
    pub async fn start() -> Result<Self, CommandError> {
        let emulator = Emulator::builder().bucket(BucketSpec::new(NAME)).start().await;
        let emulator = emulator.map_err(|error| CommandError::Emulator(error.into()))?;
        let token = NewToken::draw().map_err(|error| CommandError::Random(error.to_string()))?;
        Ok(Self { emulator, token })
    }

    /// The config.
    pub fn config(&self) -> Zeroizing<String> {
        let (id, secret) = Builder::DEFAULT_KEY;
        let (region, endpoint) = (Builder::DEFAULT_REGION, self.emulator.endpoint());
        let all = ["read", "write", "presign", "break-locks"].map(str::to_owned);
        let token = token::lines(&self.token, &all, None);
        Zeroizing::new(format!(
            "[[tenant]]\nname = \"{NAME}\"\n[tenant.storage]\nbucket = \"{NAME}\"\nregion = \"{region}\"\n\
             endpoint = \"{endpoint}\"\n\
             credentials = {{ access-key-id = \"{id}\", access-key-secret = \"{secret}\" }}\n{token}"
        ))
    }
}
