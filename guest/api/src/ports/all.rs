//! All ports together.

use super::{Blobs, Certificates, Locks};
use crate::request_id::RequestId;

/// All that the API asks of one tenant.
pub trait Ports: Sized {
    /// The locks.
    type Locks: Locks;
    /// The certificates, which are written under leases of these locks.
    type Certificates: Certificates<Lease = <Self::Locks as Locks>::Lease>;
    /// The blobs.
    type Blobs: Blobs;

    /// The same ports, whose calls are made for this request: what is logged of them names it, where they can tell it to whoever
    /// logs it.
    fn for_request(&self, id: &RequestId) -> Self;

    /// The locks.
    fn locks(&self) -> &Self::Locks;

    /// The certificates.
    fn certificates(&self) -> &Self::Certificates;

    /// The blobs.
    fn blobs(&self) -> &Self::Blobs;
}
