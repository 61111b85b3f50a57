//! What the users of an htpasswd file may do, by repository.
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
mod file;
mod grants;
mod pattern;

pub(super) use grants::{ALL_FOR_USERS, ALL_FOR_USERS_AND_PULLS_FOR_ALL, Identity, Rights};
