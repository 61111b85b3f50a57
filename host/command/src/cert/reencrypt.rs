//! `ossicle cert reencrypt`.

use crate::error::Exit;
use crate::error::{Action, CommandError};
use crate::session::certificates::{Session, Storage};
use crate::settings::Problem;
use crate::terminal::Format;
use crate::terminal::{foreign, output, signals};
use clap::Args;
use futures_util::{StreamExt, stream};
use ossicle::{Error, KeyListing, Protection, Reencrypted};
use ossicle_terms::sentence;
use serde_json::{Value, json};
use std::io::IsTerminal;

const EXAMPLES: &str = "\
To encrypt a storage that is in clear, while it is in use:
  ossicle keyset create keys.json
  every reader and writer gets    --key-set keys.json --clear-values recognised
  ossicle cert reencrypt --key-set keys.json --clear-values recognised
  and then they go without        --clear-values

To change the key:
  ossicle keyset add keys.json            every reader and writer gets the file
  ossicle keyset promote keys.json ID     and gets it again: the new key seals from now on
  ossicle cert reencrypt --key-set keys.json
  ossicle keyset disable keys.json ID     the old key opens nothing any more";

/// Seal every value below a directory, or all, with the primary key of the key set
///
/// Values that are sealed with it already are left alone, so a run that was broken off is taken up by running it again.
/// Locks are passed over. Readers are never disturbed; a value that another program stores in the one round trip between
/// the last look at it and its replacement is undone, since OSS has no put on condition.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Reencrypt {
    /// The directory, or one key; nothing is the whole storage
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// How many values to work on at once
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
}

/// What came of it so far.
#[derive(Default)]
struct Tally {
    looked_at: usize,
    current: u64,
    from_clear: u64,
    from_another_key: u64,
    passed_over: u64,
    failed: Vec<(String, Error)>,
}

/// Does it.
pub async fn run(reencrypt: Reencrypt, session: Session, format: Format) -> Result<Exit, CommandError> {
    let Reencrypt { prefix, at_once } = reencrypt;
    if !session.encrypts() {
        let hint = "make one with `ossicle keyset create FILE`, then give --key-set FILE";
        return Err(Problem::new("encryption: there is no key set to seal values with").hint(hint).into());
    }
    let storage = session.open().await?;
    let listed = storage.certificates.list(&prefix, true).await;
    let KeyListing { entries, left_out, .. } =
        listed.map_err(|error| storage.call_error(Action::List, &prefix, error))?;
    // Only files have values.
    let mut keys: Vec<_> = entries.into_iter().filter(|entry| entry.value.is_some()).map(|entry| entry.key).collect();
    if left_out > 0 {
        output::warn(&format!("{left_out} objects stay as they are: no key can name them"));
    }
    if keys.is_empty() && !prefix.trim_matches('/').is_empty() {
        // A file has nothing below it.
        keys.push(prefix.trim_matches('/').to_owned());
    }
    signals::change_begins();
    let shows = !format.quiet && !format.json && std::io::stderr().is_terminal();
    let mut tally = Tally::default();
    let mut outcomes = stream::iter(&keys)
        .map(async |key| (key, storage.certificates.reencrypt(key).await))
        .buffer_unordered(usize::from(at_once));
    while let Some((key, outcome)) = outcomes.next().await {
        tally.add(key, outcome);
        if shows && (tally.looked_at % 100 == 0 || tally.looked_at == keys.len()) {
            output::remark(&format!("{} of {}", tally.looked_at, keys.len()));
        }
    }
    drop(outcomes);
    tally.print(&storage, format)
}

impl Tally {
    fn add(&mut self, key: &str, outcome: Result<Reencrypted, Error>) {
        self.looked_at += 1;
        match outcome {
            Ok(Reencrypted::Current) => self.current += 1,
            Ok(Reencrypted::Rewritten(Protection::Clear)) => self.from_clear += 1,
            Ok(Reencrypted::Rewritten(_)) => self.from_another_key += 1,
            // What was removed meanwhile is no concern of anybody's.
            Ok(_) => self.passed_over += 1,
            Err(error) => self.failed.push((key.to_owned(), error)),
        }
    }

    fn print(mut self, storage: &Storage, format: Format) -> Result<Exit, CommandError> {
        self.failed.sort_by(|one, other| one.0.cmp(&other.0));
        let count = self.failed.len();
        if format.json {
            let failure = |(key, error): &(String, Error)| json!({ "key": key, "error": error.to_string(), "retryable": error.is_retryable() });
            let failed: Vec<Value> = self.failed.iter().map(failure).collect();
            let document = json!({
                "current": self.current,
                "reencrypted": { "from_clear": self.from_clear, "from_another_key": self.from_another_key },
                "failed": failed,
            });
            output::heard(output::json(&document))?;
        } else if !format.quiet {
            output::heard(output::print(&sentence::reencrypted(self.from_clear, self.from_another_key, self.current)))?;
        }
        if count == 0 {
            return Ok(Exit::Success);
        }
        if !format.json {
            for (key, error) in &self.failed {
                output::warn(&format!("{}: {error}", foreign::quoted(key)));
            }
        }
        // Where all fail alike, what is wrong is rather the config than a value.
        let all = self.looked_at == count;
        match self.failed.pop() {
            Some((key, error)) if all => Err(storage.call_error(Action::Reencrypt, &key, error)),
            _ => Err(CommandError::Some { failed: count, of: self.looked_at }),
        }
    }
}
