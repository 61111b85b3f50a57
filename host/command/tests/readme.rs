//! The README's commands do what the README says.

use std::process::Command;

use ossicle_emulator::{BucketSpec, Emulator};

const README: &str = include_str!("../../../README.md");

/// The lines of its console blocks that begin with a program's name.
fn commands(program: &str) -> Vec<&'static str> {
    let prefix = ["$ ", program].concat();
    README.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::trim).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_readme() {
    let emulator = Emulator::builder()
        .bucket(BucketSpec::new("my-certificates"))
        .bucket(BucketSpec::new("my-registry"))
        .access_key("my-id", "my-secret");
    let emulator = emulator.start().await.expect("the emulator starts");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("example.com.crt"), "a certificate").expect("a file");
    std::fs::write(folder.path().join("example.com.key"), "a private key").expect("a file");
    let tar: Vec<u8> = (0..=255).cycle().take(25 << 20).collect();
    std::fs::write(folder.path().join("base.tar"), &tar).expect("a file");
    let run = commands("ossicle");
    assert!(run.len() >= 4, "the README has commands");
    // It serves until it is told to end: the tests of the command start it.
    for command in run.into_iter().filter(|command| !command.starts_with("registry")) {
        let script = ["\"$OSSICLE\" ", command].concat();
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env("OSSICLE", env!("CARGO_BIN_EXE_ossicle"))
            .env("OSS_ACCESS_KEY_ID", "my-id")
            .env("OSS_ACCESS_KEY_SECRET", "my-secret")
            .env("OSS_ENDPOINT", emulator.endpoint())
            .env("HOME", folder.path())
            .env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
            .output()
            .expect("a shell");
        assert!(output.status.success(), "ossicle {command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let loaded = std::fs::read_to_string(folder.path().join("example.com.crt")).expect("a file");
    assert_eq!(loaded, "a certificate");
    assert_eq!(
        emulator.bucket("my-certificates").keys(),
        ["locks/v1/nightly", "sites/example.com.crt", "sites/example.com.key"]
    );
    for name in ["sites/example.com.crt", "sites/example.com.key"] {
        let object = emulator.bucket("my-certificates").get_raw(name).expect("an object");
        assert_eq!(object[0], 1, "it was sealed in the end: {name}");
    }
    assert!(std::fs::read(folder.path().join("copy.tar")).expect("a file") == tar);
    assert_eq!(emulator.bucket("my-registry").keys(), ["images/base.tar"]);
    let component = |name| std::fs::read(folder.path().join(name)).expect("a file");
    assert!(component("ossicle-certificates.wasm") == ossicle_component::CERTIFICATES);
    assert!(component("ossicle-blobs.wasm") == ossicle_component::BLOBS);
}

/// CI runs the README's `cargo` commands as they stand.
#[test]
fn cargo_commands_are_those_of_ci() {
    let ci = include_str!("../../../.ci/run");
    for command in commands("cargo") {
        let words: Vec<_> = command.split(' ').filter(|word| *word != "--locked").collect();
        let found = ci.lines().any(|line| {
            let line: Vec<_> = line.trim().split(' ').filter(|word| *word != "--locked").collect();
            line.first() == Some(&"cargo") && line[1..] == words[..]
        });
        assert!(found, "cargo {command}");
    }
}

/// The settings file that the README shows is one.
#[test]
fn the_settings_file_of_the_readme() {
    let file = README.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of TOML");
    let credentials = "[credentials]\naccess-key-id = \"id\"\naccess-key-secret = \"secret\"\n";
    let config: ossicle::Config = toml::from_str(&[file, credentials].concat()).expect("a config");
    assert_eq!(config.bucket, "my-certificates");
}
