//! Global flags, which may stand before an operation or after it. clap checks each of the two places by itself: a flag in one
//! place and what excludes it in the other would both be taken, and of a flag in both places the first value would be lost.

use crate::arguments::Arguments;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, Error, FromArgMatches};
use std::ffi::OsString;

/// The arguments of this process.
pub fn parse() -> Result<Arguments, Error> {
    read(std::env::args_os().collect())
}

fn read(words: Vec<OsString>) -> Result<Arguments, Error> {
    let mut command = Arguments::command();
    let mut matches = command.try_get_matches_from_mut(&words)?;
    let (operation, found) = deepest(&command, &matches);
    if let Some(reason) = excluded(operation, found).or_else(|| lost(operation, found, &words)) {
        return Err(Error::raw(ErrorKind::ArgumentConflict, format!("{reason}\n")).with_cmd(operation));
    }
    Arguments::from_arg_matches_mut(&mut matches)
}

/// The operation that was chosen. It has all global flags that were given, in either place.
fn deepest<'a>(mut command: &'a Command, mut matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches) {
    while let Some((name, below)) = matches.subcommand()
        && let Some(operation) = command.find_subcommand(name)
    {
        (command, matches) = (operation, below);
    }
    (command, matches)
}

fn is_given(matches: &ArgMatches, argument: &Arg) -> bool {
    matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
}

/// Two that exclude each other.
fn excluded(command: &Command, matches: &ArgMatches) -> Option<String> {
    let given = |argument: &&Arg| is_given(matches, argument);
    command.get_arguments().filter(given).find_map(|one| {
        let other = command.get_arg_conflicts_with(one).into_iter().find(given)?;
        Some(format!("the argument '{one}' cannot be used with '{other}'"))
    })
}

/// One that was given in both places, so that the values of one of them are lost.
fn lost(command: &Command, matches: &ArgMatches, words: &[OsString]) -> Option<String> {
    let valued = |argument: &&Arg| matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    command.get_arguments().filter(|argument| argument.is_global_set()).filter(valued).find_map(|argument| {
        let flag = format!("--{}", argument.get_long()?);
        let times = occurrences(words, &flag);
        let kept = matches.get_raw(argument.get_id().as_str()).map_or(0, Iterator::count);
        (times > kept).then(|| match argument.get_action() {
            ArgAction::Append => format!("the argument '{argument}' cannot be used on both sides of the operation"),
            _ => format!("the argument '{argument}' cannot be used multiple times"),
        })
    })
}

/// How often a flag stands among the words. No value begins with `--`, and behind a bare `--` there are no flags.
fn occurrences(words: &[OsString], flag: &str) -> usize {
    let is_flag = |word: &&OsString| {
        let rest = word.to_str().and_then(|word| word.strip_prefix(flag));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    words.iter().take_while(|word| *word != "--").filter(is_flag).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> Option<String> {
        let words = std::iter::once("ossicle").chain(line.split_whitespace()).map(OsString::from).collect();
        read(words).err().map(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    /// Every pair that excludes each other, in both orders and on either side of the operation.
    #[test]
    fn what_excludes_each_other_is_refused_wherever_it_stands_6_5() {
        let mut command = Arguments::command();
        command.build();
        let mut pairs = 0;
        for group in command.get_subcommands() {
            let Some(operation) = group.get_subcommands().find(|one| ["ls", "status"].contains(&one.get_name())) else {
                continue;
            };
            let example = |argument: &Arg| {
                let long = argument.get_long().expect("a global flag has a long name");
                match argument.get_possible_values().first() {
                    _ if !argument.get_action().takes_values() => format!("--{long}"),
                    Some(value) => format!("--{long}={}", value.get_name()),
                    None => format!("--{long}=x"),
                }
            };
            for one in operation.get_arguments().filter(|argument| argument.is_global_set()) {
                for other in operation.get_arg_conflicts_with(one) {
                    pairs += 1;
                    let (one, other) = (example(one), example(other));
                    let (group, name) = (group.get_name(), operation.get_name());
                    for line in [
                        format!("{group} {one} {name} x {other}"),
                        format!("{group} {other} {name} x {one}"),
                        format!("{group} {one} {other} {name} x"),
                        format!("{group} {name} x {one} {other}"),
                    ] {
                        let refused = refusal(&line).unwrap_or_else(|| panic!("taken: {line}"));
                        assert!(refused.contains("cannot be used with"), "{line}: {refused}");
                    }
                }
            }
        }
        assert!(pairs > 40, "{pairs}");
    }

    #[test]
    fn a_flag_on_both_sides_of_the_operation_is_refused_6_5() {
        let twice = refusal("blob --bucket a ls / --bucket b").expect("refused");
        assert!(twice.contains("'--bucket <NAME>' cannot be used multiple times"), "{twice}");
        let sides = refusal("blob --registry --parameter a=1 ls / --parameter=b=2").expect("refused");
        assert!(sides.contains("on both sides"), "{sides}");
        for line in [
            "blob --registry --parameter a=1 --parameter b=2 ls /",
            "blob --registry ls / --parameter=a=1 --parameter b=2",
            "blob --bucket a ls / --region b",
            "lock --bucket a run name -- command --bucket b",
        ] {
            assert_eq!(refusal(line), None, "{line}");
        }
    }
}
