//! The `ossicle` command: a person's and a script's way to what the library does.
//!
//! A command ends with an [`Exit`] or with a [`CommandError`]; only here do these become an exit code and lines on standard
//! error. Standard output carries what was asked for and nothing else.

#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod arguments;
mod blob;
mod cert;
mod completions;
mod component;
mod demo;
mod error;
mod files;
mod globals;
mod keyset;
mod lock;
mod publish;
mod registry;
mod serve;
mod session;
mod settings;
mod terminal;
mod version;

use arguments::{Arguments, Command};
use clap::CommandFactory;
use error::{CommandError, Exit, report};
use mimalloc::MiMalloc;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use terminal::{output, signals, trace};
use zeroizing_alloc::ZeroAlloc;

/// Whatever is freed is wiped: key sets, credentials and values lie in many buffers on their way. And of many small things a
/// call is made: glibc's own allocator would take a tenth of its time.
#[global_allocator]
static MEMORY: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

/// How long standard error may take what is told after a signal.
const TELLING: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments = match globals::parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && wants_json() => {
            let error = CommandError::Usage(complaint(&error));
            report::print(&error, true);
            return error.exit().into();
        }
        Err(error) => error.exit(),
    };
    trace::start(arguments.verbose, arguments.command.as_ref().and_then(Command::service_log));
    let as_json = arguments.command.as_ref().is_some_and(Command::as_json);
    if as_json {
        output::keep_warnings();
    }
    match signals::run(move || run(arguments)) {
        Ok(exit) => {
            report::print_warnings();
            exit.into()
        }
        Err(error) => {
            let exit = error.exit();
            report(error, as_json);
            exit.into()
        }
    }
}

/// Whether a program reads the output, by arguments that can't be read as a whole.
fn wants_json() -> bool {
    std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// What is wrong with the arguments, without how it would be right, which fills a page.
fn complaint(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Prints an error. Who sends a signal wants an end, so that is not waited for long where nobody reads standard error.
fn report(error: CommandError, as_json: bool) {
    let Exit::Signal(_) = error.exit() else { return report::print(&error, as_json) };
    let (told, telling) = mpsc::channel::<()>();
    let spawned = std::thread::Builder::new().spawn(move || {
        report::print(&error, as_json);
        drop(told);
    });
    if spawned.is_ok() {
        // Told, or not in time: nothing is ever sent.
        let _ = telling.recv_timeout(TELLING);
    }
}

fn run(arguments: Arguments) -> Result<Exit, CommandError> {
    if arguments.version {
        return version::print();
    }
    let command = match arguments.command {
        None => Arguments::command().error(clap::error::ErrorKind::MissingSubcommand, "which command?").exit(),
        Some(Command::Keyset(keyset)) => return keyset::run(keyset),
        Some(Command::Completions(wanted)) => return completions::print(wanted, &mut Arguments::command()),
        Some(command) => command,
    };
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if !matches!(command, Command::Registry(_) | Command::Serve(_)) {
        // A call waits far more than it computes, and there are few of them.
        builder.worker_threads(2);
    }
    let runtime = builder.enable_all().build().map_err(CommandError::Runtime)?;
    let result = runtime.block_on(async {
        match command {
            Command::Emulator(options) => emulator(options).await,
            Command::Cert(cert) => signals::or_interrupted(cert::run(cert)).await,
            // It forwards signals to its command, and ends in good order.
            Command::Lock(lock) => lock::run(lock).await,
            // What it had begun to store stays in reach, so it ends in good order.
            Command::Blob(blob) => blob::run(*blob).await,
            Command::Demo(demo) => demo::run(demo).await,
            // It ends in good order: uploads are put down where another process can go on with them.
            Command::Registry(registry) => registry::run(*registry).await,
            // As the registry.
            Command::Serve(serve) => serve::run(*serve).await,
            Command::Component(components) => signals::or_interrupted(publish::run(components)).await,
            Command::Completions(_) | Command::Keyset(_) => Ok(Exit::Success),
        }
    });
    // What still runs is a compilation or a read of standard input: nobody waits for these any more.
    runtime.shutdown_background();
    result
}

/// It waits for Ctrl-C itself, and then ends in good order.
async fn emulator(options: ossicle_emulator::Options) -> Result<Exit, CommandError> {
    let _orderly = signals::orderly();
    let mut running = pin!(ossicle_emulator::run(options));
    tokio::select! {
        ended = &mut running => ended?,
        _ = signals::signal() => running.await?,
    }
    Ok(Exit::Success)
}
