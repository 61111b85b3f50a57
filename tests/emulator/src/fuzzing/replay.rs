//! The corpus and the regressions, replayed: inputs that earlier searches kept because they reach code that others don't, and
//! those that once found something.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use tar::Archive;

use super::TARGETS;

/// A target takes an input; a test prints what it shows only when it fails, so that its last line names the input.
fn replay(name: &str, input: &Path, bytes: &[u8], target: fn(&[u8])) {
    println!("{name}: {}", input.display());
    target(bytes);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest/fuzz")
}

#[test]
fn no_input_of_the_corpus_finds_anything() {
    for (name, target) in TARGETS {
        let file = File::open(folder().join("corpus").join(format!("{name}.tar.gz"))).unwrap();
        let mut count = 0;
        for entry in Archive::new(GzDecoder::new(file)).entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.header().entry_type().is_file() {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                replay(name, &entry.path().unwrap(), &bytes, target);
                count += 1;
            }
        }
        assert!(count > 0, "{name} has no inputs");
    }
}

#[test]
fn no_regression_finds_anything() {
    for entry in fs::read_dir(folder().join("regressions")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for (name, target) in TARGETS {
            if file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')) {
                replay(name, &path, &fs::read(&path).unwrap(), target);
            }
        }
    }
}
