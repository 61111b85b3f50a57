//! The API over a bucket in memory. Every response is compared with the document: its status, its problem, and its content by
//! the schema.

mod certificates;
mod client;
mod conditional;
mod document;
mod files;
mod locks;
mod reads;
mod requests;
mod uploads;
