//! Certificates: values under keys.

mod change;
mod delete;
mod get;
mod list;
mod put;
