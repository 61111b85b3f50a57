//! Settings as a registry has them.

use crate::settings::Problem;
use clap::Args;
use ossicle::Parameters;

/// For `--help`.
pub const HELP: &str = "\
With --registry the settings are those of a registry's `oss` storage driver, by the variables that a registry reads:
  REGISTRY_STORAGE_OSS_ACCESSKEYID, _ACCESSKEYSECRET, _REGION, _BUCKET, _ENDPOINT, _INTERNAL, _SECURE, _ENCRYPT,
  _ENCRYPTIONKEYID, _CHUNKSIZE, _ROOTDIRECTORY, _OBJECTACL";

/// What the variables of a registry begin with.
const VARIABLE: &str = "REGISTRY_STORAGE_OSS_";

/// Settings as a registry has them.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Registry")]
pub struct Registry {
    /// Take the settings of a registry: the variables REGISTRY_STORAGE_OSS_..., and nothing from elsewhere
    #[arg(long, global = true, conflicts_with_all = [
        "config", "bucket", "region", "endpoint", "addressing", "root", "signature", "acl", "https", "http", "attempts",
        "timeout_connect", "timeout_first_byte", "timeout_between_bytes", "timeout_operation", "part_size",
        "parts_in_flight", "storage_class", "encryption", "kms_key_id", "copy_threshold", "copy_part_size",
    ])]
    registry: bool,
    /// One more of its parameters, such as chunksize=20971520; accesskeysecret by its variable alone
    #[arg(long, global = true, value_name = "NAME=VALUE", requires = "registry")]
    parameter: Vec<String>,
}

impl Registry {
    /// The parameters, if these are to be taken.
    pub fn parameters(&self) -> Result<Option<Parameters>, Problem> {
        if !self.registry {
            return Ok(None);
        }
        let mut parameters = Parameters::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix(VARIABLE)) else { continue };
            let value = value.into_string().map_err(|_| Problem::new(format!("{VARIABLE}{name} is not UTF-8")))?;
            parameters = parameters.set(name.to_ascii_lowercase(), value);
        }
        for given in &self.parameter {
            let Some((name, value)) = given.split_once('=') else {
                return Err(Problem::new("--parameter must be NAME=VALUE").hint("--parameter chunksize=20971520, say"));
            };
            if name == "accesskeysecret" {
                let reason = "accesskeysecret: not on the command line, which everybody on the machine can see";
                return Err(Problem::new(reason).hint(format!("set {VARIABLE}ACCESSKEYSECRET")));
            }
            parameters = parameters.set(name, value);
        }
        Ok(Some(parameters))
    }
}
