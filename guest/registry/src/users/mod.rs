//! Users with passwords, and what each may do: what a registry needs for authentication of kind `Basic`, apart from where its
//! users come from and on which thread a password is compared.
//!
//! [`Users`] are the lines of an htpasswd file, [`Rights`] say what they may do with which repositories, [`Remembered`] spares
//! the comparison of a password that was right a short time ago, and [`decide`] makes a decision of who sends a request.

mod challenge;
mod credentials;
mod decision;
mod hash;
mod htpasswd;
mod remembered;
mod rights;

pub use challenge::{NotQuotable, USUAL_REALM, challenge, quoted};
pub use credentials::{Credentials, NotOne, authorization};
pub use decision::decide;
pub use hash::PasswordHash;
pub use htpasswd::{LineError, Users};
pub use remembered::{KEY_BYTES, Remembered, Trace};
pub use rights::{Identity, Rights, RightsDocument, RightsError};
