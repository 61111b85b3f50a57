//! The API as a server has it: who sends a request and for which tenant, and what is at the port beside the API.

mod application;
mod dispatch;
mod metrics;
mod refusal;
mod status;

pub use application::ApiServer;
