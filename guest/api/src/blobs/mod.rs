//! Blobs: files under paths.

mod change;
mod copy;
mod delete;
mod get;
mod list;
mod put;
mod uploads;
mod urls;
