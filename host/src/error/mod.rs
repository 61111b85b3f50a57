//! What can go wrong, as the caller sees it.

mod call;
mod ids;
mod retirement;
mod setup;
mod storage;

pub use call::Error;
pub use ids::{CallIds, InvalidRequestId, RequestId};
pub use retirement::Retirement;
pub use setup::SetupProblem;
pub use storage::{Answer, ConfigProblem, ErrorKind, Failure, StorageError};

pub(crate) use storage::printable;
