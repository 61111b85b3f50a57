//! How results are told.

use clap::Args;

/// How results are told.
#[derive(Debug, Clone, Copy, Args)]
pub struct Format {
    /// Print one JSON document on standard output; an error is one on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no more than what was asked for: no confirmations, no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
}
