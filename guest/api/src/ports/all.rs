//! All ports together.

use super::{Blobs, Certificates, Locks};
use crate::request_id::RequestId;

/// Everything of one tenant that the API needs.
pub trait Ports: Sized {
    /// The locks.
    type Locks: Locks;
    /// The certificates, which can be written under leases of these locks.
    type Certificates: Certificates<Lease = <Self::Locks as Locks>::Lease>;
    /// The blobs.
    type Blobs: Blobs;

    /// The same ports for the calls of one request. Log lines about these calls contain the request's id, if the ports
    /// can pass it to whatever writes the log.
    fn for_request(&self, id: &RequestId) -> Self;

    /// The locks.
    fn locks(&self) -> &Self::Locks;

    /// The certificates.
    fn certificates(&self) -> &Self::Certificates;

    /// The blobs.
    fn blobs(&self) -> &Self::Blobs;
}
