//! Where credentials come from: what is named, or else what is there, in the order of Alibaba Cloud's credentials libraries.

mod chain;
mod ini;
mod profile;
mod role;
mod uri;

pub use chain::{Surroundings, choose, has_metadata};
pub use uri::{Uri, keep_supplied};

use ossicle::CredentialSource;

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
}

/// The words for [`super::Field::Source`].
pub const SOURCES: [&str; 6] = ["fixed", "oidc-role", "profile", "credentials-file", "ecs-role", "uri"];
