//! The source of credentials that was chosen.

use super::super::problem::Problem;
use super::uri::{self, Uri};
use ossicle::{CredentialSource, Error, RamRole, TemporaryCredentials};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub(super) source: CredentialSource,
    pub(super) supplier: Option<Supplier>,
}

/// Why credentials could not be handed over.
#[derive(Debug)]
pub enum SupplyError {
    /// There are none to be had.
    Settings(Problem),
    /// The tenant did not take them.
    Refused(Error),
}

impl From<Problem> for SupplyError {
    fn from(problem: Problem) -> Self {
        Self::Settings(problem)
    }
}

/// What this program hands over, where it is not the component that gets the credentials.
#[derive(Debug, Clone)]
pub(super) enum Supplier {
    /// What a server gives, now and ahead of each end.
    Uri(Uri),
    /// What is there, until it ends.
    Once(TemporaryCredentials),
}

impl Chosen {
    /// The component sees to it.
    pub(super) fn by(source: impl Into<CredentialSource>) -> Self {
        Self { source: source.into(), supplier: None }
    }

    /// A server gives the credentials, and this program hands them over.
    pub(super) fn by_uri(uri: Uri) -> Self {
        Self { source: CredentialSource::Host, supplier: Some(Supplier::Uri(uri)) }
    }

    /// These, until they end.
    pub(super) fn temporary(credentials: TemporaryCredentials) -> Self {
        Self { source: CredentialSource::Host, supplier: Some(Supplier::Once(credentials)) }
    }

    /// A role that is taken on with these.
    pub(super) fn with_role(self, role_arn: String, details: impl FnOnce(&mut RamRole)) -> Self {
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
    ) -> Result<(), SupplyError> {
        match &self.supplier {
            None => Ok(()),
            Some(Supplier::Once(credentials)) => hand_over(credentials.clone()).map_err(SupplyError::Refused),
            Some(Supplier::Uri(uri)) => {
                let refused = |what| Problem::new(format!("credentials: the server of the credentials URI {what}"));
                let given = uri.fetch().await.map_err(refused)?;
                hand_over(given.credentials).map_err(SupplyError::Refused)?;
                tokio::spawn(uri::keep_supplied(uri.clone(), hand_over, given.left));
                Ok(())
            }
        }
    }
}
