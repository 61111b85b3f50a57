//! The settings: which bucket, how to reach it, who asks. From flags, the environment and a file, in this order.

mod blobs;
mod certificates;
mod check;
mod config_yml;
mod credentials;
mod encryption;
mod file;
mod flags;
mod gather;
mod help;
mod location;
mod lock_flags;
mod locks;
mod problem;
mod proxies;
mod reading;
mod registry;
mod registry_access;
mod registry_options;
mod registry_source;
mod registry_values;
mod server_side;

pub use blobs::BlobFlags;
pub use certificates::CertificateFlags;
pub use credentials::SupplyError;
pub use flags::Flags;
pub use gather::Settings;
pub use help::HELP;
pub use location::{used as used_file, warn_if_open};
pub use ossicle_terms::{Field, Origin};
pub use problem::Problem;
pub use proxies::proxies;
pub use registry::{CheckedParameters, HELP as REGISTRY_HELP, Registry};
pub use registry_options::RegistryOptions;
pub use registry_source::RegistrySource;
pub use registry_values::listen_address;
