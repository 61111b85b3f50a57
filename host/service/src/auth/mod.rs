//! Who sends a request, and what they may do: nobody in particular and everything ([`Authenticator::open`]), users of an
//! htpasswd file with rights per repository ([`Authenticator::htpasswd`]), or bearers of a token server's tokens
//! ([`Authenticator::token`]).
//!
//! An [`Authenticator`] is the registry core's [`Access`](ossicle_registry::ports::Access). It is made once for each tenant,
//! from plain settings, and shared by all requests:
//!
//! ```no_run
//! use ossicle_service::auth::{Authenticator, HtpasswdSettings};
//!
//! # fn main() -> Result<(), ossicle_service::auth::AuthError> {
//! let settings = HtpasswdSettings { path: "/etc/registry/htpasswd".into(), ..HtpasswdSettings::default() };
//! let access = Authenticator::htpasswd(settings)?;
//! # Ok(())
//! # }
//! ```
//!
//! It needs a Tokio runtime when it decides, since it compares passwords on blocking threads.

mod authenticator;
mod challenge;
mod error;
mod htpasswd;
mod rights;
mod settings;
mod text_file;
mod token;

pub use authenticator::Authenticator;
pub use error::AuthError;
pub use settings::{HtpasswdSettings, TokenSettings};
