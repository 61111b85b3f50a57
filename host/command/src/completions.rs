//! `ossicle completions`.

use crate::error::CommandError;
use crate::error::Exit;
use crate::terminal::output;
use clap::Args;
use clap_complete::Shell;

/// Print a script that teaches a shell to complete this command.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bash   ossicle completions bash > ~/.local/share/bash-completion/completions/ossicle
  zsh    ossicle completions zsh > \"${fpath[1]}/_ossicle\"
  fish   ossicle completions fish > ~/.config/fish/completions/ossicle.fish")]
pub struct Wanted {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn print(wanted: Wanted, command: &mut clap::Command) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, command, "ossicle", &mut script);
    output::bytes(&script)?;
    Ok(Exit::Success)
}
