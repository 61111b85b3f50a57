//! Hashing of content as it arrives, with a state that another process can go on with.

mod go_state;
#[cfg(test)]
mod go_state_tests;
mod hasher;

pub(crate) use hasher::{Hasher, digest_of};
