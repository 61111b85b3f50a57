//! The arguments of the command.

use crate::Usage;
use crate::options::{Known, Words, flag, value};
use ossicle_amounts::parse_duration;
use ossicle_terms::foreign::quoted;
use std::time::Duration;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// To tell how it is used.
    Help,
    /// To tell its version.
    Version,
    /// Something with certificates.
    Cert(Cert),
    /// Something with a lock.
    Lock(Lock),
    /// Something with blobs.
    Blob(Blob),
}

/// A verb of `cert`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "HELP tells what the verbs and their options are")]
pub enum Cert {
    Store { key: String, allow_empty: bool, no_clobber: bool, quiet: bool },
    Load { key: String },
    Remove { key: String, recursive: bool, force: bool, quiet: bool },
    List { prefix: String, recursive: bool, long: bool, quiet: bool },
    Stat { key: String },
    Exists { key: String, quiet: bool },
    Reencrypt { prefix: String, quiet: bool },
}

/// A verb of `lock`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "HELP tells what the verbs and their options are")]
pub enum Lock {
    Status { name: String },
    Break { name: String, force: bool, quiet: bool },
}

/// A verb of `blob`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "HELP tells what the verbs and their options are")]
pub enum Blob {
    Put { path: String, offset: i64, content_type: Option<String>, no_clobber: bool, quiet: bool },
    Cat { path: String, part: Part },
    Stat { path: String },
    List { path: String, long: bool, quiet: bool },
    Walk { path: String, long: bool },
    Copy { source: String, destination: String, no_clobber: bool, quiet: bool },
    Move { source: String, destination: String, no_clobber: bool, quiet: bool },
    Remove { path: String, recursive: bool, force: bool, quiet: bool },
    Url { path: String, head: bool, expires: Duration },
    Uploads { path: String, older_than: Duration, remove: bool, quiet: bool },
}

/// Which part of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From this place on, in bytes.
    pub offset: i64,
    /// So many bytes at most.
    pub length: Option<u64>,
}

const QUIET: Known = flag("quiet", Some('q'));
const RECURSIVE: Known = flag("recursive", Some('r'));
const FORCE: Known = flag("force", Some('f'));
const LONG: Known = flag("long", Some('l'));
const NO_CLOBBER: Known = flag("no-clobber", Some('n'));

/// For how long a URL holds unless it is told: as the native command's.
const EXPIRES: Duration = Duration::from_secs(20 * 60);

/// Reads the arguments, without the program's name.
pub fn parse(arguments: &[String]) -> Result<Command, Usage> {
    if arguments.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h") {
        return Ok(Command::Help);
    }
    let (group, rest) = arguments.split_first().map_or(("", arguments), |(group, rest)| (group.as_str(), rest));
    let (verb, rest) = rest.split_first().map_or(("", rest), |(verb, rest)| (verb.as_str(), rest));
    match group {
        "" | "help" => Ok(Command::Help),
        "--version" | "-V" => Ok(Command::Version),
        "cert" => cert(verb, rest).map(Command::Cert),
        "lock" => lock(verb, rest).map(Command::Lock),
        "blob" => blob(verb, rest).map(Command::Blob),
        other => Err(Usage(format!("there is no {}; cert, lock and blob are there", quoted(other)))),
    }
}

fn cert(verb: &str, rest: &[String]) -> Result<Cert, Usage> {
    let known: &[Known] = match verb {
        "store" => &[QUIET, NO_CLOBBER, flag("allow-empty", None)],
        "rm" | "delete" => &[QUIET, RECURSIVE, FORCE],
        "ls" | "list" => &[QUIET, RECURSIVE, LONG],
        _ => &[QUIET],
    };
    let mut words = Words::read(rest, known)?;
    let (quiet, recursive) = (words.has("quiet"), words.has("recursive"));
    let verb = match verb {
        "store" => {
            let (allow_empty, no_clobber) = (words.has("allow-empty"), words.has("no-clobber"));
            Cert::Store { key: words.place("KEY")?, allow_empty, no_clobber, quiet }
        }
        "load" => Cert::Load { key: words.place("KEY")? },
        "rm" | "delete" => Cert::Remove { key: words.place("KEY")?, recursive, force: words.has("force"), quiet },
        "ls" | "list" => Cert::List { prefix: words.place_or(""), recursive, long: words.has("long"), quiet },
        "stat" => Cert::Stat { key: words.place("KEY")? },
        "exists" => Cert::Exists { key: words.place("KEY")?, quiet },
        "reencrypt" => Cert::Reencrypt { prefix: words.place_or(""), quiet },
        _ => return Err(no_verb("cert", verb, "store, load, rm, ls, stat, exists and reencrypt")),
    };
    words.end().map(|()| verb)
}

fn lock(verb: &str, rest: &[String]) -> Result<Lock, Usage> {
    let known: &[Known] = if verb == "break" { &[QUIET, FORCE] } else { &[QUIET] };
    let mut words = Words::read(rest, known)?;
    let (quiet, force) = (words.has("quiet"), words.has("force"));
    let verb = match verb {
        "status" => Lock::Status { name: words.place("NAME")? },
        "break" => Lock::Break { name: words.place("NAME")?, force, quiet },
        "run" => return Err(Usage("lock run runs a command, which this component can't".to_owned())),
        _ => return Err(no_verb("lock", verb, "status and break")),
    };
    words.end().map(|()| verb)
}

fn blob(verb: &str, rest: &[String]) -> Result<Blob, Usage> {
    let known: &[Known] = match verb {
        "put" => &[QUIET, NO_CLOBBER, value("offset"), value("content-type")],
        "cat" => &[QUIET, value("offset"), value("length")],
        "ls" | "list" | "walk" => &[QUIET, LONG],
        "cp" | "copy" | "mv" | "move" => &[QUIET, NO_CLOBBER],
        "rm" | "delete" => &[QUIET, RECURSIVE, FORCE],
        "url" => &[QUIET, flag("head", None), value("expires")],
        "uploads" => &[QUIET, value("older-than"), flag("remove", None)],
        _ => &[QUIET],
    };
    let mut words = Words::read(rest, known)?;
    let (quiet, no_clobber, long) = (words.has("quiet"), words.has("no-clobber"), words.has("long"));
    let verb = match verb {
        "put" => {
            let content_type = words.value("content-type", |text| Ok(text.to_owned()))?;
            let offset = words.value("offset", offset)?.unwrap_or(0);
            Blob::Put { path: words.place("PATH")?, offset, content_type, no_clobber, quiet }
        }
        "cat" => {
            let offset = words.value("offset", offset)?.unwrap_or(0);
            let length =
                words.value("length", |text| text.parse().map_err(|_| "must be a number of bytes".to_owned()))?;
            Blob::Cat { path: words.place("PATH")?, part: Part { offset, length } }
        }
        "stat" => Blob::Stat { path: words.place("PATH")? },
        "ls" | "list" => Blob::List { path: words.place_or("/"), long, quiet },
        "walk" => Blob::Walk { path: words.place_or("/"), long },
        "cp" | "copy" => {
            let source = words.place("SOURCE")?;
            Blob::Copy { source, destination: words.place("DESTINATION")?, no_clobber, quiet }
        }
        "mv" | "move" => {
            let source = words.place("SOURCE")?;
            Blob::Move { source, destination: words.place("DESTINATION")?, no_clobber, quiet }
        }
        "rm" | "delete" => {
            let (recursive, force) = (words.has("recursive"), words.has("force"));
            Blob::Remove { path: words.place("PATH")?, recursive, force, quiet }
        }
        "url" => {
            let expires = words.value("expires", read_span)?.unwrap_or(EXPIRES);
            Blob::Url { path: words.place("PATH")?, head: words.has("head"), expires }
        }
        "uploads" => {
            let (older_than, remove) = (words.value("older-than", read_span)?, words.has("remove"));
            if remove && older_than.is_none() {
                return Err(Usage("--remove needs --older-than".to_owned()));
            }
            Blob::Uploads { path: words.place_or("/"), older_than: older_than.unwrap_or_default(), remove, quiet }
        }
        "get" => {
            return Err(Usage(
                "blob get writes a file, which this component can't; blob cat writes to standard output".to_owned(),
            ));
        }
        _ => return Err(no_verb("blob", verb, "put, cat, stat, ls, walk, cp, mv, rm, url and uploads")),
    };
    words.end().map(|()| verb)
}

fn offset(text: &str) -> Result<i64, String> {
    text.parse().ok().filter(|offset| *offset >= 0).ok_or_else(|| "must be a number of bytes from 0 on".to_owned())
}

fn no_verb(group: &str, verb: &str, verbs: &str) -> Usage {
    let which = if verb.is_empty() { "a verb is missing".to_owned() } else { format!("there is no {}", quoted(verb)) };
    Usage(format!("{group}: {which}; {verbs} are there"))
}

/// A span of time, or what it must be.
fn read_span(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).map_err(|usage| usage.to_string())
    }

    #[test]
    fn options_stand_anywhere_and_letters_together() {
        let list = Cert::List { prefix: "sites".to_owned(), recursive: true, long: true, quiet: false };
        for line in ["cert ls -rl sites", "cert ls sites --recursive -l", "cert list --long -r -- sites"] {
            assert_eq!(parsed(line), Ok(Command::Cert(list.clone())), "{line}");
        }
        let part = Part { offset: 5, length: Some(7) };
        let cat = Command::Blob(Blob::Cat { path: "/a".to_owned(), part });
        for line in ["blob cat /a --offset 5 --length=7", "blob cat --length 7 --offset=5 /a"] {
            assert_eq!(parsed(line), Ok(cat.clone()), "{line}");
        }
        let named = Cert::Load { key: "-r".to_owned() };
        assert_eq!(parsed("cert load -- -r"), Ok(Command::Cert(named)));
        let help = Cert::Load { key: "--help".to_owned() };
        assert_eq!(parsed("cert load -- --help"), Ok(Command::Cert(help)));
        assert_eq!(parsed("cert load --help"), Ok(Command::Help));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("cret ls", "cret"),
            ("cert", "verb is missing"),
            ("cert show a", "show"),
            ("cert load", "KEY is missing"),
            ("cert load a b", "\"b\" is too much"),
            ("cert load -x a", "-x"),
            ("cert load --recursive a", "--recursive"),
            ("cert ls -rr", "given twice"),
            ("blob cat /a --offset", "needs a value"),
            ("blob cat /a --offset -1", "from 0 on"),
            ("blob put /a --no-clobber=yes", "takes no value"),
            ("blob url /a --expires soon", "--expires must be"),
            ("blob uploads --remove", "--older-than"),
            ("blob get /a", "blob cat"),
            ("lock run a", "can't"),
        ] {
            let usage = parsed(line).unwrap_err();
            assert!(usage.contains(named), "{line}: {usage}");
        }
    }
}
