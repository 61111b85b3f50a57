use std::io;
use std::path::PathBuf;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An environment variable of build scripts is not there.
    #[error("{variable} is not set: guests are built from a build script")]
    NotABuildScript {
        /// The variable.
        variable: &'static str,
    },

    /// The standard library for WebAssembly is not installed and could not be.
    #[error(
        "the guest needs the target wasm32-unknown-unknown: run `rustup target add wasm32-unknown-unknown` ({reason})"
    )]
    NoTarget {
        /// Why it could not be installed.
        reason: String,
    },

    /// A program could not be started.
    #[error("{program} could not be run: {error}")]
    Run {
        /// The program.
        program: String,
        /// Why.
        error: io::Error,
    },

    /// The guest does not compile, or the program does not or fails.
    #[error("{package} can't be built:\n{output}")]
    Compile {
        /// The package.
        package: String,
        /// What the compiler or the program said.
        output: String,
    },

    /// The guest compiles, but is no component: its exports or imports are not those of its world.
    #[error("the component {component} can't be made: {reason}")]
    Encode {
        /// The component's name.
        component: String,
        /// Why.
        reason: String,
    },

    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}
