//! A tenant: a bucket, its limits, its connections, and an instance of the component that keeps none of another's.

mod create;
mod handle;
mod named_queues;
mod settings;
mod tenants;

pub use handle::Tenant;
pub use settings::{RefusedTenant, TenantSettings};
pub use tenants::{Applied, Tenants};

pub(crate) use named_queues::QueueHead;
