//! The certificate storage of a tenant.

mod handle;
mod locks;
mod protection;

pub use handle::{Certificates, KeyInfo, KeyListing};
pub use protection::{Protection, Reencrypted, StoredValue};
