//! All ports together.

use super::{Blobs, Certificates, Locks};

/// All that the API asks of one tenant.
pub trait Ports {
    /// The locks.
    type Locks: Locks;
    /// The certificates, which are written under leases of these locks.
    type Certificates: Certificates<Lease = <Self::Locks as Locks>::Lease>;
    /// The blobs.
    type Blobs: Blobs;

    /// The locks.
    fn locks(&self) -> &Self::Locks;

    /// The certificates.
    fn certificates(&self) -> &Self::Certificates;

    /// The blobs.
    fn blobs(&self) -> &Self::Blobs;
}
