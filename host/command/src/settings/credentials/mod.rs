//! Where credentials come from: what is named, or else what is there, in the order of Alibaba Cloud's credentials libraries.

mod ask;
mod chain;
mod files;
mod ini;
mod metadata;
mod profile;
mod role;
mod uri;

pub use chain::{Surroundings, choose};
pub use metadata::{has_role, is_there};
pub use uri::Uri;

use super::Problem;
use crate::trouble::Trouble;
use ossicle::{CredentialSource, Error, RamRole, TemporaryCredentials};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Chosen {
    source: CredentialSource,
    supplier: Option<Supplier>,
}

/// What this program hands over, where it is not the component that gets the credentials.
#[derive(Debug, Clone)]
enum Supplier {
    /// What a server gives, now and ahead of each end.
    Uri(Uri),
    /// What is there, until it ends.
    Once(TemporaryCredentials),
}

impl Chosen {
    /// The component sees to it.
    fn by(source: impl Into<CredentialSource>) -> Self {
        Self { source: source.into(), supplier: None }
    }

    /// A server gives the credentials, and this program hands them over.
    fn by_uri(uri: Uri) -> Self {
        Self { source: CredentialSource::Host, supplier: Some(Supplier::Uri(uri)) }
    }

    /// These, until they end.
    fn temporary(credentials: TemporaryCredentials) -> Self {
        Self { source: CredentialSource::Host, supplier: Some(Supplier::Once(credentials)) }
    }

    /// A role that is taken on with these.
    fn with_role(self, role_arn: String, details: impl FnOnce(&mut RamRole)) -> Self {
        let mut role = RamRole::new(self.source, role_arn);
        details(&mut role);
        Self { source: role.into(), supplier: self.supplier }
    }

    /// The source as the component is told it.
    pub fn source(&self) -> CredentialSource {
        self.source.clone()
    }

    /// Has credentials handed over, now and ahead of each end, where that is this program's business.
    pub async fn supply(
        &self,
        hand_over: impl Fn(TemporaryCredentials) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<(), Trouble> {
        match &self.supplier {
            None => Ok(()),
            Some(Supplier::Once(credentials)) => hand_over(credentials.clone()).map_err(Trouble::Engine),
            Some(Supplier::Uri(uri)) => {
                let refused = |what| Problem::new(format!("credentials: the server of the credentials URI {what}"));
                let given = uri.fetch().await.map_err(refused)?;
                hand_over(given.credentials).map_err(Trouble::Engine)?;
                tokio::spawn(uri::keep_supplied(uri.clone(), hand_over, given.left));
                Ok(())
            }
        }
    }
}

/// The words for [`super::Field::Source`].
pub const SOURCES: [&str; 7] = ["fixed", "oidc-role", "ram-role", "profile", "credentials-file", "ecs-role", "uri"];
