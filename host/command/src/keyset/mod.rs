//! `ossicle keyset`: key sets that Ossicle and every Tink can read.

mod file;
mod group;
mod info;

pub use group::{Keyset, run};
