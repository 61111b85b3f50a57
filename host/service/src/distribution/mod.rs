//! The registries as a server has them: which tenant a request is for, what is at the port beside the registry, and what is
//! done beside the requests.

mod application;
mod dispatch;
mod housekeeping;
mod metrics;
mod page;
mod reply;
mod route;

pub use application::Registries;
