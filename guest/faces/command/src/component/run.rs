//! The export `wasi:cli/run`.

use super::bindings::exports::wasi::cli::run::Guest;
use super::bindings::wasi::cli::{environment, exit};
use super::output::{self, Output};
use super::session::Session;
use super::trouble::CommandError;
use super::{Component, blob, cert, lock};
use crate::{Command, HELP, parse};
use ossicle_terms::Exit;

impl Guest for Component {
    async fn run() -> Result<(), ()> {
        let code = match run().await {
            Ok(exit) => exit.code(),
            // Whoever was to read it has gone, and misses nothing.
            Err(CommandError::NobodyReads) => Exit::Success.code(),
            Err(trouble) => {
                output::aside(&trouble.report()).await;
                trouble.exit().code()
            }
        };
        if code == 0 {
            return Ok(());
        }
        // It does not return.
        exit::exit_with_code(code);
        Err(())
    }
}

async fn run() -> Result<Exit, CommandError> {
    let arguments: Vec<String> = environment::get_arguments().into_iter().skip(1).collect();
    match parse(&arguments)? {
        Command::Help => print(&(HELP.concat() + "\n")).await,
        Command::Version => print(concat!("ossicle ", env!("CARGO_PKG_VERSION"), "\n")).await,
        Command::Cert(verb) => cert::run(verb, &Session::gather()?).await,
        Command::Lock(verb) => lock::run(verb, &Session::gather()?).await,
        Command::Blob(verb) => blob::run(verb, &Session::gather()?).await,
    }
}

async fn print(text: &str) -> Result<Exit, CommandError> {
    Output::print(text).await?;
    Ok(Exit::Success)
}
