//! A place in a file, and a part of one, as arguments.

use clap::Args;
use ossicle::ReadOptions;

/// A place in a file.
pub fn offset(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "must be a number of bytes, 0 or more")
}

/// Which part of a file is read.
#[derive(Debug, Clone, Copy, Args)]
pub struct Part {
    /// From this place on, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 0, hide_default_value = true, allow_negative_numbers = true, value_parser = offset)]
    pub offset: u64,
    /// So many bytes at most [default: to the end]
    #[arg(long, value_name = "BYTES")]
    pub length: Option<u64>,
}

impl Part {
    /// How it is read.
    pub fn options(self) -> ReadOptions {
        let options = ReadOptions::new();
        match self.length {
            Some(length) => options.length(length),
            None => options,
        }
    }

    /// How much that is of a file of a size.
    pub fn of(self, size: u64) -> u64 {
        let left = size.saturating_sub(self.offset);
        self.length.map_or(left, |length| length.min(left))
    }
}
