//! Key sets in files.

use crate::trouble::Trouble;
use crate::{file, output};
use clap::Args;
use ossicle_guest::encryption::{Form, KeyEncryption, KeySet, MAX_KEY_SET};
use ossicle_guest::ports::Entropy;
use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How encrypted key sets are opened and made.
#[derive(Debug, Args)]
pub struct Opening {
    /// The file with the key set whose primary key encrypts this one
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    key_encryption_key_set: Option<PathBuf>,
    /// The associated data it is encrypted under
    #[arg(long, global = true, value_name = "TEXT", requires = "key_encryption_key_set")]
    key_encryption_associated_data: Option<String>,
}

/// A key set and the file it is in.
pub struct KeySetFile {
    /// The file.
    pub path: PathBuf,
    /// The keys.
    pub keys: KeySet,
    /// How they are written.
    pub form: Form,
}

/// The system's random numbers. They were drawn before anything was made of them, so that a failure shows.
pub struct Random(RefCell<Zeroizing<Vec<u8>>>);

/// Far more than a key, its id and a nonce take.
const DRAWN: usize = 1024;

impl Random {
    /// Draws them.
    pub fn new() -> Result<Self, Trouble> {
        let mut drawn = Zeroizing::new(vec![0; DRAWN]);
        getrandom::fill(&mut drawn).map_err(|error| Trouble::Random(error.to_string()))?;
        Ok(Self(RefCell::new(drawn)))
    }
}

impl Entropy for Random {
    fn random_u64(&self) -> u64 {
        let mut drawn = self.0.borrow_mut();
        let Some(at) = drawn.len().checked_sub(8) else {
            // No key must be made of numbers that somebody can foresee.
            std::process::abort();
        };
        let mut eight = [0; 8];
        eight.iter_mut().zip(drawn.drain(at..)).for_each(|(to, from)| *to = from);
        u64::from_le_bytes(eight)
    }
}

/// What a file holds.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let name = crate::text::quoted(&path.to_string_lossy());
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_SET + 64));
    let read = File::open(path).and_then(|file| file.take(MAX_KEY_SET as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Trouble::Input { name, error })?;
    Ok(bytes)
}

impl KeySetFile {
    /// Opens one.
    pub fn open(path: PathBuf, opening: &Opening) -> Result<Self, Trouble> {
        let bytes = read(&path)?;
        let problem = Trouble::key_set(path.to_string_lossy());
        let keys = match opening.keys()? {
            None => KeySet::parse(&bytes),
            Some(keys) => KeySet::parse_encrypted(&bytes, KeyEncryption { keys: &keys, data: opening.data() }),
        };
        let form = if bytes.first().is_some_and(|byte| matches!(byte, b'{' | b' ' | b'\t' | b'\r' | b'\n')) {
            Form::Json
        } else {
            Form::Binary
        };
        Ok(Self { keys: keys.map_err(problem)?, form, path })
    }

    /// Writes a new one. True where it went to standard output.
    pub fn create(&self, opening: &Opening) -> Result<bool, Trouble> {
        let bytes = self.bytes(opening)?;
        if self.path.as_os_str() == "-" {
            if output::is_watched() {
                return Err(Trouble::KeySetShown);
            }
            output::bytes(&bytes)?;
            return Ok(true);
        }
        let failed = |error| Trouble::File { path: self.path.clone(), error };
        file::create_private(&self.path, &bytes).map_err(failed)?;
        Ok(false)
    }

    /// Writes it in place of what was there.
    pub fn save(&self, opening: &Opening) -> Result<(), Trouble> {
        let failed = |error| Trouble::File { path: self.path.clone(), error };
        file::write_private(&self.path, &self.bytes(opening)?).map_err(failed)
    }

    fn bytes(&self, opening: &Opening) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let mut bytes = match opening.keys()? {
            None => self.keys.write(self.form),
            Some(keys) => {
                let encryption = KeyEncryption { keys: &keys, data: opening.data() };
                let written = self.keys.write_encrypted(self.form, encryption, &Random::new()?);
                written.map_err(Trouble::key_set("the key set"))?.into()
            }
        };
        if self.form == Form::Json {
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

impl Opening {
    fn keys(&self) -> Result<Option<KeySet>, Trouble> {
        let Some(path) = &self.key_encryption_key_set else { return Ok(None) };
        KeySet::parse(&read(path)?).map(Some).map_err(Trouble::key_set(path.to_string_lossy()))
    }

    fn data(&self) -> &[u8] {
        self.key_encryption_associated_data.as_deref().unwrap_or_default().as_bytes()
    }
}
