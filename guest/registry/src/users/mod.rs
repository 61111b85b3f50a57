//! Users with passwords and their rights: everything that a registry needs for authentication of kind `Basic`, except
//! where its users are stored and on which thread a password is compared.
//!
//! [`Users`] are the lines of an htpasswd file, and [`Rights`] say what each user may do in which repositories.
//! [`VerifiedCredentials`] saves comparing a password that was right a short time ago, and [`decide`] decides about a
//! request once its sender is known.

mod challenge;
mod credentials;
mod decision;
mod hash;
mod htpasswd;
mod remembered;
mod rights;

pub use challenge::{DEFAULT_REALM, NotQuotable, challenge, quoted};
pub use credentials::{AuthorizationError, Credentials, authorization};
pub use decision::decide;
pub use hash::PasswordHash;
pub use htpasswd::{LineError, Users};
pub use remembered::{CredentialsMac, KEY_BYTES, VerifiedCredentials};
pub use rights::{Identity, Rights, RightsDocument, RightsError};
