//! The certificate storage of a tenant.

mod handle;
mod listing;
mod locks;
mod protection;
mod together;

pub use handle::{Certificates, KeyInfo};
pub use listing::{KeyEntry, KeyListing, ListedValue};
pub use protection::{Protection, Reencrypted, StoredValue};
