//! A tenant: a bucket, its limits, its connections, and an instance of the component that keeps none of another's.

mod create;
mod handle;
mod named_queues;

pub use handle::Tenant;

pub(crate) use named_queues::QueueHead;
