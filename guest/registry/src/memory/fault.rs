//! Faults: the ways in which a request of the driver in memory can fail.

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    RequestLost,
    /// It has its effect, and no response comes.
    ResponseLost,
    /// OSS answers that it can't serve now; it has no effect.
    Refused,
}
