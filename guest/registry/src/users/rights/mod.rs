//! What users may do, by repository. As a file it is TOML, and JSON of the same form means the same.
//!
//! ```toml
//! # What everybody may do, without credentials.
//! [anonymous]
//! "public/**" = ["pull"]
//!
//! # What each user of the htpasswd file may do.
//! [users."*"]
//! "**" = ["pull"]
//!
//! # What one user may do besides.
//! [users.ada]
//! "team/**" = ["push", "delete"]
//! ```
//!
//! Rights add up: a user has those of `anonymous`, of `*` and the own ones. `push` includes `pull`, since a client reads while
//! it pushes. The catalog is for whoever may pull from every repository.

mod actions;
mod document;
mod grants;
mod pattern;

pub use document::{RightsDocument, RightsError};
pub use grants::{Identity, Rights};
