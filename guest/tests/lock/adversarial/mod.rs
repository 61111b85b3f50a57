//! The tests that an implementation of the lock must pass, by number, each on plain and versioned buckets.

mod answers;
mod clocks;
mod contention;
mod instance;
mod names;
mod objects;
mod refusals;
mod writes;
