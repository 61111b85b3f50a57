//! Clients of OSS side by side: the work that each of them is given, one measurement of it, and the table of all.
//!
//! A measurement is a process of its own, so that processor time and memory are one client's alone. It gets a [`Job`] on
//! standard input, does the work through a [`Peer`], mostly on one thread, and prints what it took as its last line ([`serve`]).
//! Clients that would bring their dependencies along are programs of a workspace of their own (`native`).

mod drive;
mod job;
mod peer;
mod rounds;
mod source;
mod table;
mod usage;
mod work;

pub use drive::{Measured, serve};
pub use job::Job;
pub use peer::{Peer, Problem};
pub use rounds::{rounds, run, variable};
pub use source::{CHUNK, Source, small};
pub use table::Table;
pub use work::{Kind, LIST, LISTED, PART, SMALL, SPREAD, TRANSFER, WORK, Work, far, row};
