//! RAM roles.

use std::time::Duration;

use crate::auth::AccessKey;

/// A role: what programs are, for a while, instead of users.
#[derive(Clone, Debug)]
pub struct Role {
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) life: Duration,
    pub(crate) external_id: Option<String>,
}

impl Role {
    /// A role of the default account, whose credentials hold for six hours on an instance and for one, at most, by STS.
    pub fn new(name: impl Into<String>) -> Self {
        let life = Duration::from_secs(6 * 3600);
        Self { name: name.into(), account: AccessKey::DEFAULT_OWNER.into(), life, external_id: None }
    }

    /// The account the role belongs to.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// What STS must be told by whoever takes on the role with an access key. Keys of other accounts may take on no role
    /// without.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// Whether its trust policy lets an account that says this take it on.
    pub(super) fn trusts(&self, account: &str, external_id: Option<&str>) -> bool {
        match &self.external_id {
            Some(wanted) => external_id == Some(wanted),
            None => account == self.account,
        }
    }

    /// How long credentials hold that the metadata service gives.
    #[must_use]
    pub fn life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Such as `acs:ram::1234567890123456:role/web`.
    pub fn arn(&self) -> String {
        format!("acs:ram::{}:role/{}", self.account, self.name)
    }
}
