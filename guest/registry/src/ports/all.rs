//! All ports together.

use super::{Access, Clock, Entropy, Storage};

/// Everything that a registry needs from its environment.
pub trait Ports {
    /// The storage driver.
    type Storage: Storage;
    /// The clock and the random numbers.
    type Environment: Clock + Entropy;
    /// Decides whether a request is allowed.
    type Access: Access;

    /// The storage driver.
    fn storage(&self) -> &Self::Storage;

    /// The clock and the random numbers.
    fn environment(&self) -> &Self::Environment;

    /// Decides whether a request is allowed.
    fn access(&self) -> &Self::Access;
}
