//! The page for people at `/ui`: files that are part of the program.
//!
//! The browser reads what it shows from `/v2/`, as every client does, so that the registry decides about each of its requests
//! and nothing but these files is given away here.

mod files;

pub(crate) use files::PageFile;
