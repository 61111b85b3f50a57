//! The inputs of fuzz targets, replayed by a test: the corpus, which earlier searches kept because its inputs reach code that
//! others don't, and the regressions, which once found something.
//!
//! Both stand in `guest/fuzz`: `corpus/TARGET.tar.gz`, and files `regressions/TARGET-…`.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tar::Archive;

/// A target's name, and what takes an input and panics where it finds something.
pub type Target = (&'static str, fn(&[u8]));

/// Gives each target its corpus.
///
/// # Panics
/// When a target finds something, and when it has no inputs or they can't be read.
pub fn corpus(targets: &[Target]) {
    for (name, target) in targets {
        let file = File::open(folder().join("corpus").join(format!("{name}.tar.gz"))).expect("a corpus");
        let mut count = 0;
        for entry in Archive::new(GzDecoder::new(file)).entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            if entry.header().entry_type().is_file() {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).expect("an input");
                replay(name, &entry.path().expect("a name"), &bytes, *target);
                count += 1;
            }
        }
        assert!(count > 0, "{name} has no inputs");
    }
}

/// Gives each target its regressions.
///
/// # Panics
/// When a target finds something, and when they can't be read.
pub fn regressions(targets: &[Target]) {
    for entry in fs::read_dir(folder().join("regressions")).expect("the regressions") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for (name, target) in targets {
            if file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')) {
                replay(name, &path, &fs::read(&path).expect("an input"), *target);
            }
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest/fuzz")
}

/// A test prints what it shows only when it fails, so that its last line names the input.
fn replay(name: &str, input: &Path, bytes: &[u8], target: fn(&[u8])) {
    println!("{name}: {}", input.display());
    target(bytes);
}
