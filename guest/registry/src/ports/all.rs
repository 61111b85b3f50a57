//! All ports together.

use super::{Access, Clock, Entropy, Storage};

/// All that one registry asks of its surroundings.
pub trait Ports {
    /// The storage driver.
    type Storage: Storage;
    /// The clock and the random numbers.
    type Environment: Clock + Entropy;
    /// Who may do what.
    type Access: Access;

    /// The storage driver.
    fn storage(&self) -> &Self::Storage;

    /// The clock and the random numbers.
    fn environment(&self) -> &Self::Environment;

    /// Who may do what.
    fn access(&self) -> &Self::Access;
}
