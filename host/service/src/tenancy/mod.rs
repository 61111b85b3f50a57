//! The tenants of the API by one file, and who may do what with which of them.

mod bearer;
mod components;
mod entry;
mod error;
mod file;
mod grant;
mod live;
mod loaded;
mod tenant;
mod token;

pub use error::ServeConfigError;
pub use file::ServeFile;
pub(crate) use live::ReloadCounts;
pub use live::{ConfigSource, LiveTenants};
pub(crate) use loaded::{Caller, Loaded};
pub use token::NewToken;
