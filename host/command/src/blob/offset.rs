//! A place in a file, as an argument.

use clap::builder::RangedI64ValueParser;
use clap::value_parser;

/// A place in a file: one before its beginning is refused as an argument, before anything is done.
pub fn offset() -> RangedI64ValueParser<i64> {
    value_parser!(i64).range(0..)
}
