//! The arguments of `ossicle keyset`.

use super::file::{KeyEncryptionFlags, KeySetFile, Random};
use super::info;
use crate::error::CommandError;
use crate::error::Exit;
use crate::terminal::foreign;
use crate::terminal::output;
use crate::terminal::schema;
use clap::{Args, Subcommand};
use ossicle_guest::encryption::{Form, KeySet, KeySetProblem, Status, Template};
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ossicle keyset create keys.json                     a key set with one AES256_GCM key
  ossicle cert store a.key a.key --key-set keys.json  a value, sealed with it
  ossicle keyset info keys.json                       which keys there are, not what they are
  ossicle keyset rotate keys.json                     a new key seals, the old ones still open

Where several programs read the storage, rotate in two steps, or one would seal what another can't open yet:
  ossicle keyset add keys.json, and give every program the file
  ossicle keyset promote keys.json ID, and give it again
Then `ossicle cert reencrypt` seals everything with the new key.

Whoever loses the key set loses the values: keep a copy where the bucket's access key is not.";

/// Make and change Tink key sets, the keys of client-side encryption.
///
/// A key set is as secret as what it seals. Files are readable by their owner only, and nothing prints a key on a
/// terminal. Two changes of one file at once wait for each other.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}\n{}", schema::HELP, schema::KEYSET),
    subcommand_required = true, arg_required_else_help = true)]
pub struct Keyset {
    /// Print one JSON document on standard output; an error is one on standard error
    #[arg(long, global = true)]
    json: bool,
    /// Print no confirmations
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(flatten)]
    key_encryption: KeyEncryptionFlags,
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Make a key set with one key, in a file that must not be there yet
    Create {
        /// The file; - is standard output, unless that is a terminal
        file: PathBuf,
        #[command(flatten)]
        key: NewKey,
        /// Write Tink's binary form, not JSON
        #[arg(long)]
        binary: bool,
    },
    /// Add a key and make it the primary one: `add` and `promote` in one
    Rotate {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        key: NewKey,
    },
    /// Add a key, which opens values and does not seal any yet
    Add {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        key: NewKey,
    },
    /// Make a key the primary one, which seals
    Promote {
        /// The file
        file: PathBuf,
        /// The key's id, as `info` tells it
        id: u32,
    },
    /// Disable a key: it opens nothing any more. `enable` takes it back
    Disable {
        /// The file
        file: PathBuf,
        /// The key's id, as `info` tells it
        id: u32,
    },
    /// Enable a key that was disabled
    Enable {
        /// The file
        file: PathBuf,
        /// The key's id, as `info` tells it
        id: u32,
    },
    /// Tell which keys there are: ids, types, states and prefixes, never the keys
    ///
    /// Of an encrypted key set too, without the key-encryption key.
    Info {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct NewKey {
    /// What the new key is, by the name of Tink's template; with _RAW behind it values have no prefix
    ///
    /// AES128_GCM, AES256_GCM, AES128_GCM_SIV, AES256_GCM_SIV, AES128_CTR_HMAC_SHA256, AES256_CTR_HMAC_SHA256,
    /// CHACHA20_POLY1305 (which Tink for Python and C++ lacks), XCHACHA20_POLY1305. Values with a prefix show which key
    /// sealed them.
    #[arg(short, long, value_name = "NAME", default_value = "AES256_GCM")]
    template: String,
}

impl Keyset {
    /// Whether a program reads the output.
    pub fn as_json(&self) -> bool {
        self.json
    }
}

/// Does it.
pub fn run(keyset: Keyset) -> Result<Exit, CommandError> {
    let Keyset { json, quiet, key_encryption, operation } = keyset;
    type Change<'a> = &'a dyn Fn(&mut KeySet, &Random) -> Result<u32, KeySetProblem>;
    let change = |file: PathBuf, what: &str, change: Change<'_>| {
        let mut held = KeySetFile::open(file, &key_encryption)?;
        let changed = change(&mut held.keys, &Random::new()?);
        let id = changed.map_err(CommandError::key_set(held.path.to_string_lossy()))?;
        held.save(&key_encryption)?;
        confirm(json, quiet, &held, id, what)
    };
    match operation {
        Operation::Create { file, key, binary } => {
            let keys =
                KeySet::create(key.template()?, &Random::new()?).map_err(CommandError::key_set("the key set"))?;
            let id = keys.primary_id();
            let form = if binary { Form::Binary } else { Form::Json };
            let held = KeySetFile::new(file, keys, form);
            let printed = held.create(&key_encryption)?;
            if printed { Ok(Exit::Success) } else { confirm(json, quiet, &held, id, "made, with the key") }
        }
        Operation::Rotate { file, key } => {
            let template = key.template()?;
            change(file, "rotated: values are sealed with the new key", &|keys, random| keys.rotate(template, random))
        }
        Operation::Add { file, key } => {
            let template = key.template()?;
            change(file, "has the new key", &|keys, random| keys.add(template, random))
        }
        Operation::Promote { file, id } => change(file, "seals with the key", &|keys, _| keys.promote(id).map(|()| id)),
        Operation::Disable { file, id } => change(file, "opens nothing any more with the key", &|keys, _| {
            keys.set_status(id, Status::Disabled).map(|()| id)
        }),
        Operation::Enable { file, id } => change(file, "opens values again with the key", &|keys, _| {
            keys.set_status(id, Status::Enabled).map(|()| id)
        }),
        Operation::Info { file } => info::run(&file, json),
    }
}

impl NewKey {
    fn template(&self) -> Result<Template, CommandError> {
        Template::parse(&self.template).map_err(CommandError::key_set("a key"))
    }
}

fn confirm(json: bool, quiet: bool, held: &KeySetFile, id: u32, what: &str) -> Result<Exit, CommandError> {
    let name = held.path.to_string_lossy();
    if json {
        output::json(&json!({ "file": name, "key": id, "primary": held.keys.primary_id() }))?;
    } else if !quiet {
        output::print(&format!("{} {what} {id}\n", foreign::data(&name)))?;
    }
    Ok(Exit::Success)
}
