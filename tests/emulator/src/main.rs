//! `oss-emulator`: the emulator as a program.

use std::process::ExitCode;

use clap::Parser;
use ossicle_emulator::Options;
use tracing_subscriber::EnvFilter;

/// A strict emulator of Alibaba Cloud OSS, in memory or in a folder.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(flatten)]
    options: Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Command::parse();
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(std::io::stderr).init();
    match ossicle_emulator::run(command.options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut message = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(next) = cause {
                message = format!("{message}: {next}");
                cause = next.source();
            }
            eprintln!("oss-emulator: {message}");
            ExitCode::FAILURE
        }
    }
}
