//! The rights of users by repository. The file is TOML, and JSON of the same structure has the same meaning.
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
//! Rights add up: a user has those of `anonymous`, those of `*`, and the user's own. `push` includes `pull`, because a
//! client reads while it pushes. The catalog is for users who may pull from every repository.

mod actions;
mod document;
mod grants;
mod pattern;

pub use document::{RightsDocument, RightsError};
pub use grants::{Identity, Rights};
