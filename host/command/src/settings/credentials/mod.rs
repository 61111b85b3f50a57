//! Where credentials come from: what is named, or else what is there, in the order of Alibaba Cloud's credentials libraries.

mod ask;
mod chain;
mod chosen;
mod files;
mod ini;
mod metadata;
mod profile;
mod role;
mod sources;
mod uri;

pub use chain::{CredentialLookup, choose};
pub use chosen::{Chosen, SupplyError};
pub use metadata::{has_role, is_there};
pub use sources::SOURCES;
