//! Where credentials come from: what is named, or else what is there, in the order of Alibaba Cloud's credentials libraries.

mod ask;
mod chain;
mod ini;
mod profile;
mod role;
mod uri;

pub use chain::{Surroundings, choose, has_metadata};
pub use uri::Uri;

use super::Problem;
use crate::trouble::Trouble;
use ossicle::{CredentialSource, Error, TemporaryCredentials};

/// Who asks.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// The component sees to it.
    Source(CredentialSource),
    /// A server beside this program gives the credentials, and this program hands them over.
    Uri(Uri),
}

impl Chosen {
    /// The source as the component is told it.
    pub fn source(&self) -> CredentialSource {
        match self {
            Self::Source(source) => source.clone(),
            Self::Uri(_) => CredentialSource::Host,
        }
    }

    /// Has credentials handed over, now and ahead of each end, where that is this program's business.
    pub async fn supply(
        &self,
        hand_over: impl Fn(TemporaryCredentials) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<(), Trouble> {
        let Self::Uri(uri) = self else { return Ok(()) };
        let refused = |what| Problem::new(format!("credentials: the server of the credentials URI {what}"));
        let given = uri.fetch().await.map_err(refused)?;
        hand_over(given.credentials).map_err(Trouble::Engine)?;
        tokio::spawn(uri::keep_supplied(uri.clone(), hand_over, given.left));
        Ok(())
    }
}

/// The words for [`super::Field::Source`].
pub const SOURCES: [&str; 6] = ["fixed", "oidc-role", "profile", "credentials-file", "ecs-role", "uri"];
