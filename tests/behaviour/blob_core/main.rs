//! The storage driver's core, natively against the emulator. Tests are named by the defects of upstream's drivers that
//! they are about: D to U of the first release's, V of 2.8.3's.

mod acl;
mod deleting;
mod interrupted;
mod listing;
mod moving;
mod reading;
mod requests;
mod resumed_parts;
mod resuming;
mod suites;
mod uploads;
mod world;
mod writing;
