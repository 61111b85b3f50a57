//! `ossicle component`: writes components to standard output, and pushes them as OCI artifacts.

mod arguments;
mod failures;
mod group;
mod item;
mod push;

pub use arguments::Components;
pub use group::run;
