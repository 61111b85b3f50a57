//! The API over a bucket in memory: what clients of any server rely on, and what needs a bucket whose clock is set, that fails,
//! or that tells what it was asked. Every response is compared with the document: its status, its problem, and its content by
//! the schema.

mod certificates;
mod client;
mod conditional;
mod document;
mod files;
mod locks;
mod reads;
mod requests;
mod suites;
mod uploads;
