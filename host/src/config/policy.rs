//! The policy of an engine: which sources of credentials, files and addresses tenants' configs may name.

use super::address::AddressRule;
use super::bucket::Config;
use super::credential_source::CredentialSource;
use super::secret::Secret;
use crate::error::ConfigProblem;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

/// What the configs of an engine's tenants may name, checked before anything is opened or looked up.
///
/// A config is trusted with what the host itself may do: files that it names are read, and sent to where it says as a token
/// or used as a key set; the machine's role is asked for at the metadata service; and private networks are reached by an
/// endpoint there. [`Policy::trusting`], the default, lets it, for configs that the operator writes. For those that come
/// from tenants there is [`Policy::untrusted`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whether credentials may come from the machine's role, by its metadata service.
    pub machine_role: bool,
    /// Whether credentials may come from STS, by a token.
    pub oidc_role: bool,
    /// Where files may be that a config names: anywhere, or in and below these folders, whose contents no tenant may
    /// change, symbolic links included.
    pub files: Option<Vec<PathBuf>>,
    /// Whether an endpoint may be in a private network or on this machine.
    pub private_networks: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self::trusting()
    }
}

impl Policy {
    /// Everything that a config can name.
    pub fn trusting() -> Self {
        Self { machine_role: true, oidc_role: true, files: None, private_networks: true }
    }

    /// Neither roles nor files nor private networks: an access key, or credentials that the host hands over, and OSS.
    pub fn untrusted() -> Self {
        Self { machine_role: false, oidc_role: false, files: Some(Vec::new()), private_networks: false }
    }

    /// Lets configs name files in and below a folder, given as an absolute path.
    pub fn files_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.files.get_or_insert_default().push(folder.into());
        self
    }

    /// Which addresses remain of those that a place may have.
    pub(crate) fn narrow(&self, reach: AddressRule) -> AddressRule {
        if self.private_networks { reach } else { AddressRule { loopback: false, private: false, ..reach } }
    }

    /// Refuses a config that names what it may not.
    pub(crate) fn check(&self, config: &Config) -> Result<(), ConfigProblem> {
        let refused = |field: &str, what: &str| {
            Err(ConfigProblem::new(field, format!("{what}, which the policy of this host does not allow")))
        };
        match &config.credentials {
            CredentialSource::EcsRole(_) if !self.machine_role => {
                return refused("credentials", "is the machine's role");
            }
            CredentialSource::OidcRole(_) if !self.oidc_role => return refused("credentials", "is a role by a token"),
            CredentialSource::OidcRole(role) => self.check_file("credentials.token", &role.token)?,
            _ => {}
        }
        if let Some(encryption) = &config.encryption {
            self.check_file("encryption.key-set", &encryption.key_set)?;
            if let Some(key_encryption) = &encryption.key_encryption {
                self.check_file("encryption.key-encryption.key-set", &key_encryption.key_set)?;
            }
        }
        let origin = config.origin()?;
        let reach = self.narrow(origin.reach(&config.endpoint));
        let is_beyond = match origin.host.parse::<IpAddr>() {
            Ok(address) => !reach.includes(address),
            Err(_) => origin.is_loopback() && !reach.loopback,
        };
        if is_beyond && !self.private_networks {
            return refused("endpoint", "is in a private network or on this machine");
        }
        Ok(())
    }

    fn check_file(&self, field: &str, secret: &Secret) -> Result<(), ConfigProblem> {
        let (Some(path), Some(folders)) = (secret.path(), &self.files) else { return Ok(()) };
        let is_plain = path.is_absolute() && path.components().all(|part| part != Component::ParentDir);
        if is_plain && folders.iter().any(|folder| path.starts_with::<&Path>(folder)) {
            return Ok(());
        }
        let reason = format!("names the file {}, which the policy of this host does not allow", path.display());
        Err(ConfigProblem::new(field, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Credentials, EcsRole, Encryption, OidcRole};

    fn config() -> Config {
        Config::new("bucket", "cn-hangzhou", Credentials::new("id", "secret"))
    }

    fn with(source: impl Into<CredentialSource>) -> Config {
        let mut config = config();
        config.credentials = source.into();
        config
    }

    /// 3.6: what a tenant's config may not name is refused by its field.
    #[test]
    fn what_a_tenant_may_not_name_is_refused() {
        let token = |path: &str| with(OidcRole::new("r", "p", Secret::file(path)));
        let at = |endpoint: &str| config().endpoint(endpoint.parse().unwrap());
        let key_set = config().encryption(Encryption::new(Secret::file("/etc/shadow")));
        let untrusted = Policy::untrusted();
        for (config, field) in [
            (with(EcsRole::new()), "credentials"),
            (token("/etc/shadow"), "credentials"),
            (key_set, "encryption.key-set"),
            (at("http://10.0.0.1"), "endpoint"),
            (at("http://127.0.0.1:9000"), "endpoint"),
            (at("http://localhost:9000"), "endpoint"),
            (at("http://[::1]:9000"), "endpoint"),
        ] {
            assert_eq!(untrusted.check(&config).unwrap_err().field, field);
            assert_eq!(Policy::trusting().check(&config), Ok(()));
        }
        for config in [config(), at("internal"), with(CredentialSource::Host)] {
            assert_eq!(untrusted.check(&config), Ok(()));
        }
        let mut in_folder = Policy::untrusted().files_in("/run/tokens");
        in_folder.oidc_role = true;
        assert_eq!(in_folder.check(&token("/run/tokens/a/token")), Ok(()));
        for path in ["/run/tokens/../shadow", "/run/tokens-2/a", "run/tokens/a", "/etc/shadow"] {
            assert_eq!(in_folder.check(&token(path)).unwrap_err().field, "credentials.token", "{path}");
        }
    }
}
