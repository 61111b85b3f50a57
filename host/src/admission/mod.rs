//! Admission by bytes: calls wait until the memory of an instance has room for what they hold there.

mod ledger;
mod room;
mod upload;

pub(crate) use room::{Admission, Reservation};
pub(crate) use upload::{PartSizes, Upload};
