use super::credential_source::CredentialSource;

/// A RAM role taken on at STS (AssumeRole) with the credentials of another source, which may be a role as well.
///
/// ```
/// use ossicle::{Config, Credentials, RamRole};
///
/// let mut role = RamRole::new(Credentials::new("LTAI-id", "secret"), "acs:ram::1234567890123456:role/certificates");
/// role.session_name = Some("issuer".to_owned());
/// let config = Config::new("certificates", "cn-hangzhou", role);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RamRole {
    /// What gives the credentials that the role is taken on with. At most eight roles may stand on one another.
    pub base: Box<CredentialSource>,
    /// The role, `acs:ram::<account>:role/<name>`.
    pub role_arn: String,
    /// The session's name in logs. Default `ossicle`.
    pub session_name: Option<String>,
    /// For how long credentials hold: 900 to 43 200 seconds. Default 3 600, which is the most for a role that is taken on
    /// with the credentials of another.
    pub duration_seconds: Option<u32>,
    /// A policy that narrows the role's rights.
    pub policy: Option<String>,
    /// What the role's trust policy wants to hear of other accounts.
    pub external_id: Option<String>,
    /// STS: `sts.<region>.aliyuncs.com`, or `sts-vpc.<region>.aliyuncs.com` from within a VPC. Default
    /// `https://sts.aliyuncs.com`.
    pub endpoint: Option<String>,
}

impl RamRole {
    /// A role, and what gives the credentials that it is taken on with.
    pub fn new(base: impl Into<CredentialSource>, role_arn: impl Into<String>) -> Self {
        Self {
            base: Box::new(base.into()),
            role_arn: role_arn.into(),
            session_name: None,
            duration_seconds: None,
            policy: None,
            external_id: None,
            endpoint: None,
        }
    }
}

impl CredentialSource {
    /// What gives the first credentials, where others are got with them.
    pub(crate) fn innermost(&self) -> &Self {
        match self {
            Self::RamRole(role) => role.base.innermost(),
            source => source,
        }
    }

    /// The roles that are taken on, in their order.
    pub(crate) fn roles(&self) -> Vec<&RamRole> {
        let Self::RamRole(role) = self else { return Vec::new() };
        let mut roles = role.base.roles();
        roles.push(role);
        roles
    }
}

impl From<RamRole> for CredentialSource {
    fn from(role: RamRole) -> Self {
        Self::RamRole(role)
    }
}
