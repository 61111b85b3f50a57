//! Key sets in files. A change is made under a lock, from the reading to the writing: of two changes at once the later one
//! would otherwise undo the earlier, whose key may have sealed values already.

use crate::error::CommandError;
use crate::files::atomic_file;
use crate::settings::warn_if_open;
use crate::terminal::output;
use clap::Args;
use ossicle_guest::encryption::{Form, KeyEncryption, KeySet, MAX_KEY_SET};
use ossicle_guest::ports::Entropy;
use std::cell::RefCell;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How encrypted key sets are opened and made.
#[derive(Debug, Args)]
pub struct KeyEncryptionFlags {
    /// The file with the key set whose primary key encrypts this one
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    key_encryption_key_set: Option<PathBuf>,
    /// The associated data it is encrypted under
    #[arg(long, global = true, value_name = "TEXT")]
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
    /// What was read, where there was something, and the lock that was taken before.
    read: Option<Read>,
}

struct Read {
    bytes: Zeroizing<Vec<u8>>,
    _lock: Option<File>,
}

/// The system's random numbers. They were drawn before anything was made of them, so that a failure shows.
pub struct Random(RefCell<Zeroizing<Vec<u8>>>);

/// Far more than a key, its id and a nonce take.
const DRAWN: usize = 1024;

impl Random {
    /// Draws them.
    pub fn new() -> Result<Self, CommandError> {
        let mut drawn = Zeroizing::new(vec![0; DRAWN]);
        getrandom::fill(&mut drawn).map_err(|error| CommandError::Random(error.to_string()))?;
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
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let name = crate::terminal::foreign::quoted(&path.to_string_lossy());
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_SET + 64));
    let read = File::open(path).and_then(|file| file.take(MAX_KEY_SET as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| CommandError::Input { name, error })?;
    Ok(bytes)
}

impl KeySetFile {
    /// One that is to be made.
    pub fn new(path: PathBuf, keys: KeySet, form: Form) -> Self {
        Self { path, keys, form, read: None }
    }

    /// Opens one to change it. Until it is dropped, every other change by this command waits.
    pub fn open(path: PathBuf, key_encryption: &KeyEncryptionFlags) -> Result<Self, CommandError> {
        let name = || crate::terminal::foreign::quoted(&path.to_string_lossy());
        let lock = lock(&path).map_err(|error| CommandError::Input { name: name(), error })?;
        let bytes = read(&path)?;
        let problem = CommandError::key_set(path.to_string_lossy());
        let keys = match key_encryption.keys()? {
            None => KeySet::parse(&bytes),
            Some(keys) => KeySet::parse_encrypted(&bytes, KeyEncryption { keys: &keys, data: key_encryption.data() }),
        };
        let form = if bytes.first().is_some_and(|byte| matches!(byte, b'{' | b' ' | b'\t' | b'\r' | b'\n')) {
            Form::Json
        } else {
            Form::Binary
        };
        Ok(Self { keys: keys.map_err(problem)?, form, path, read: Some(Read { bytes, _lock: lock }) })
    }

    /// Writes a new one. True where it went to standard output.
    pub fn create(&self, key_encryption: &KeyEncryptionFlags) -> Result<bool, CommandError> {
        let bytes = self.bytes(key_encryption)?;
        if self.path.as_os_str() == "-" {
            if output::is_watched() {
                return Err(CommandError::KeySetShown);
            }
            output::bytes(&bytes)?;
            return Ok(true);
        }
        let failed = |error| CommandError::File { path: self.path.clone(), error };
        atomic_file::create_private(&self.path, &bytes).map_err(failed)?;
        Ok(false)
    }

    /// Writes it in place of what was there, unless somebody who knows nothing of the lock, an editor or Tinkey, has changed
    /// that meanwhile.
    pub fn save(&self, key_encryption: &KeyEncryptionFlags) -> Result<(), CommandError> {
        if let Some(before) = &self.read
            && *read(&self.path)? != *before.bytes
        {
            return Err(CommandError::Changed { path: self.path.clone() });
        }
        let failed = |error| CommandError::File { path: self.path.clone(), error };
        atomic_file::write_private(&self.path, &self.bytes(key_encryption)?).map_err(failed)
    }

    fn bytes(&self, key_encryption: &KeyEncryptionFlags) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        let mut bytes = match key_encryption.keys()? {
            None => self.keys.write(self.form),
            Some(keys) => {
                let encryption = KeyEncryption { keys: &keys, data: key_encryption.data() };
                let written = self.keys.write_encrypted(self.form, encryption, &Random::new()?);
                written.map_err(CommandError::key_set("the key set"))?.into()
            }
        };
        if self.form == Form::Json {
            bytes.push(b'\n');
        }
        Ok(bytes)
    }
}

/// Locks a file against every other change by this command. The lock is of the file that bears the name once it is held: a
/// change that was waited for has put another one in its place. Where the file system has no locks, none is returned.
#[cfg(unix)]
fn lock(path: &Path) -> std::io::Result<Option<File>> {
    use std::os::unix::fs::MetadataExt;
    let identity = |found: std::fs::Metadata| (found.dev(), found.ino());
    loop {
        let file = File::open(path)?;
        if let Err(error) = file.lock() {
            tracing::debug!(path = %path.display(), %error, "no lock");
            return Ok(None);
        }
        if identity(file.metadata()?) == identity(std::fs::metadata(path)?) {
            return Ok(Some(file));
        }
    }
}

/// Elsewhere a lock would keep this very process from reading the file; that it was changed is noticed all the same.
#[cfg(not(unix))]
fn lock(_: &Path) -> std::io::Result<Option<File>> {
    Ok(None)
}

impl KeyEncryptionFlags {
    fn keys(&self) -> Result<Option<KeySet>, CommandError> {
        let Some(path) = &self.key_encryption_key_set else {
            return match self.key_encryption_associated_data {
                None => Ok(None),
                Some(_) => Err(CommandError::Usage(
                    "--key-encryption-associated-data is of use with --key-encryption-key-set alone".to_owned(),
                )),
            };
        };
        warn_if_open(path);
        KeySet::parse(&read(path)?).map(Some).map_err(CommandError::key_set(path.to_string_lossy()))
    }

    fn data(&self) -> &[u8] {
        self.key_encryption_associated_data.as_deref().unwrap_or_default().as_bytes()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use ossicle_guest::encryption::Template;

    fn opened(path: &Path) -> KeySetFile {
        let key_encryption = KeyEncryptionFlags { key_encryption_key_set: None, key_encryption_associated_data: None };
        KeySetFile::open(path.to_owned(), &key_encryption).unwrap()
    }

    #[test]
    fn a_file_that_somebody_else_changed_is_left_alone_1_4() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let key_encryption = KeyEncryptionFlags { key_encryption_key_set: None, key_encryption_associated_data: None };
        let template = || Template::parse("AES128_GCM").unwrap();
        let keys = KeySet::create(template(), &Random::new().unwrap()).unwrap();
        KeySetFile::new(path.clone(), keys, Form::Json).create(&key_encryption).unwrap();

        let mut held = opened(&path);
        held.keys.add(template(), &Random::new().unwrap()).unwrap();
        let other = KeySet::create(template(), &Random::new().unwrap()).unwrap().write(Form::Json);
        std::fs::write(&path, &*other).unwrap();
        assert!(matches!(held.save(&key_encryption), Err(CommandError::Changed { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), *other);
    }

    #[test]
    fn a_second_change_waits_for_the_first_and_sees_it_1_4() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        std::fs::write(&path, "first").unwrap();
        let first = lock(&path).unwrap().unwrap();
        let waits = std::thread::spawn({
            let path = path.clone();
            move || {
                let _lock = lock(&path).unwrap().unwrap();
                std::fs::read(&path).unwrap()
            }
        });
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!waits.is_finished());
        atomic_file::write_private(&path, b"second").unwrap();
        drop(first);
        assert_eq!(waits.join().unwrap(), b"second");
    }
}
