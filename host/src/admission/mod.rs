//! Who may have how much of what there is only so much of: calls of the memory of an instance, and tenants of what all of them
//! share.

mod bound;
mod ledger;
mod room;
mod upload;

pub(crate) use bound::{Bound, Held, Share};
pub(crate) use room::{Admission, Reservation};
pub(crate) use upload::{PartSizes, Upload};
