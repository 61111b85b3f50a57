//! An emulator, a home folder, and the command with nothing else around it.

use ossicle_emulator::{BucketSpec, Emulator, Role};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub const BUCKET: &str = "certificates";
/// A domain that is bound to it.
pub const BOUND_DOMAIN: &str = "files.localhost";
pub const KEY_ID: &str = "an-access-key";
/// No output of any command may hold this; [`World::run`] looks.
pub const SECRET: &str = "CANARY0secret0that0nobody0sees";

pub struct World {
    pub emulator: Emulator,
    pub home: TempDir,
    variables: Vec<(String, String)>,
    /// Last, so that the emulator goes before what it runs on.
    _runtime: Runtime,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub bytes: Vec<u8>,
    pub out: String,
    pub err: String,
}

impl World {
    /// A world whose environment names everything that a call needs.
    pub fn new() -> Self {
        let mut world = Self::bare();
        let endpoint = world.emulator.endpoint();
        for (name, value) in [
            ("OSS_ENDPOINT", endpoint.as_str()),
            ("OSS_BUCKET", BUCKET),
            ("OSS_REGION", "cn-hangzhou"),
            ("OSS_ACCESS_KEY_ID", KEY_ID),
            ("OSS_ACCESS_KEY_SECRET", SECRET),
        ] {
            world.set(name, value);
        }
        world
    }

    /// A world whose environment names nothing.
    pub fn bare() -> Self {
        let runtime = Runtime::new().unwrap();
        let anywhere = ([127, 0, 0, 1], 0).into();
        let builder = Emulator::builder().bucket(BucketSpec::new(BUCKET)).access_key(KEY_ID, SECRET);
        let builder = builder.cname(BOUND_DOMAIN, BUCKET);
        let builder = builder.metadata(anywhere).sts(anywhere).role(Role::new("web"));
        let emulator = runtime.block_on(builder.start()).unwrap();
        Self { emulator, home: TempDir::new().unwrap(), variables: Vec::new(), _runtime: runtime }
    }

    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// A path in the home folder, which is the working directory too.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Puts a file there that only its owner can read.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        private(&path);
        path
    }

    /// Makes this the user's config file.
    pub fn config(&self, text: impl AsRef<[u8]>) -> PathBuf {
        self.file(".config/ossicle/ossicle.toml", text)
    }

    pub fn put(&self, key: &str, value: &str) {
        self.emulator.bucket(BUCKET).put_raw(key, value.to_owned());
    }

    pub fn stored(&self, key: &str) -> Option<Vec<u8>> {
        self.emulator.bucket(BUCKET).get_raw(key).map(|value| value.to_vec())
    }

    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ossicle"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            // One compilation serves all tests.
            // Nor is the machine that runs the tests anybody.
            .env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        self.command(arguments).stdin(Stdio::piped()).spawn().unwrap()
    }

    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Said {
        self.run_with(arguments, b"")
    }

    pub fn run_with<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Said {
        let mut child = self.spawn(arguments);
        // A command that ends before it has read everything is no failure of the test's.
        let _ = child.stdin.take().unwrap().write_all(input);
        let said = said(child);
        let arguments: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy().into_owned()).collect();
        crate::schema::check(&arguments, &said);
        said
    }
}

/// Waits for its end.
pub fn said(child: Child) -> Said {
    let output = child.wait_with_output().unwrap();
    let said = Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        bytes: output.stdout,
    };
    assert!(!said.out.contains("CANARY") && !said.err.contains("CANARY"), "a secret shows: {said:?}");
    said
}

impl Said {
    /// That it ended so, and said nothing on standard error when it did well.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(code != 0 || self.err.is_empty(), "{self:?}");
        self
    }

    /// That standard error has all of these.
    #[track_caller]
    pub fn complains(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is missing in:\n{}", self.err);
        }
        self
    }
}

/// Waits until it holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(120), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &Path) {}
