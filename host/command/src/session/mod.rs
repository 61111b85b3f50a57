//! What a command calls: the engine, a tenant that is made of the settings, and a server. An error of a call is told with what may help.

mod blob_hints;
mod certificate_hints;
mod hints;

pub mod blobs;
pub mod certificates;
pub mod engine;
pub mod server;
