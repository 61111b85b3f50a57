//! Leases of locks as text, for holders that keep theirs outside of the process that got it: the host's library and the face of
//! the service write and read the same text.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod bytes;
mod record;

pub use record::{InterlockMark, LeaseMark, LeaseRecord, Window};
