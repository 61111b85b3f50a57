//! The commands of the README, and of what goes on where it ends, do what these say.

use std::process::Command;

use ossicle_emulator::{BucketSpec, Emulator};

const README: &str = include_str!("../../../README.md");
const COMMAND: &str = include_str!("../README.md");
const P2: &str = include_str!("../../../wit/p2/README.md");
const LIBRARY: &str = include_str!("../../README.md");

/// The lines of their console blocks that begin with a program's name.
fn commands(documents: &[&'static str], program: &str) -> Vec<&'static str> {
    let prefix = ["$ ", program].concat();
    let lines = documents.iter().flat_map(|document| document.lines());
    lines.filter_map(|line| line.strip_prefix(&prefix)).map(str::trim).collect()
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
    let run = commands(&[README, COMMAND, P2], "ossicle");
    assert!(run.len() >= 15, "{run:?}");
    // What serves ends when it is told to: another test runs it.
    for command in run.into_iter().filter(|command| !command.starts_with("registry") && !command.starts_with("serve")) {
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
    assert!(component("ossicle-certificates-p2.wasm") == ossicle_component::CERTIFICATES_P2);
    assert!(component("ossicle-blobs-p2.wasm") == ossicle_component::BLOBS_P2);
}

/// The commands of the registry's documentation, and of the README those that serve one, which end when they are told to.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_registrys_documentation() {
    use sha2::{Digest, Sha256};

    const SERVICE: &str = include_str!("../../service/README.md");
    let emulator = Emulator::builder().bucket(BucketSpec::new("my-registry")).access_key("my-id", "my-secret");
    let emulator = emulator.start().await.expect("the emulator starts");
    let folder = tempfile::tempdir().expect("a folder");
    let endpoint = emulator.endpoint();
    let manifest = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}";
    let hex: String = Sha256::digest(manifest).iter().map(|byte| format!("{byte:02x}")).collect();
    let (bucket, link) = (emulator.bucket("my-registry"), format!("sha256:{hex}"));
    let repository = "docker/registry/v2/repositories/library/alpine";
    let alpine = format!("{repository}/_manifests");
    bucket.put_raw(&format!("{repository}/_layers/sha256/{hex}/link"), link.clone());
    bucket.put_raw(&format!("docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]), manifest);
    bucket.put_raw(&format!("{alpine}/revisions/sha256/{hex}/link"), link.clone());
    bucket.put_raw(&format!("{alpine}/tags/old/current/link"), link.clone());
    bucket.put_raw(&format!("{alpine}/tags/old/index/sha256/{hex}/link"), link);
    let storage = format!(
        "storage:\n  oss: {{bucket: my-registry, region: oss-cn-hangzhou, endpoint: '{endpoint}', accesskeyid: my-id, accesskeysecret: \
         my-secret}}\n"
    );
    std::fs::write(folder.path().join("config.yml"), storage).expect("a file");
    let tenant = format!(
        "[[tenant]]\nname = \"a\"\n[tenant.storage]\nbucket = \"my-registry\"\nregion = \"cn-hangzhou\"\nendpoint = \"{endpoint}\"\n\
         credentials = {{ access-key-id = \"my-id\", access-key-secret = \"my-secret\" }}\n"
    );
    std::fs::write(folder.path().join("tenants.toml"), tenant).expect("a file");
    let of =
        |text: &'static str| text.lines().filter_map(|line| line.strip_prefix("$ ossicle registry")).map(str::trim);
    let (mut serving, mut ended) = (0, 0);
    for command in of(README).chain(of(SERVICE)) {
        let serves = command.is_empty() || command.starts_with('-');
        let line = command.replace("/etc/distribution/config.yml", "config.yml");
        // On a port of its own, whatever else runs on this machine.
        let listen = if serves && !line.contains("--listen") { "--listen 127.0.0.1:0" } else { "" };
        let line = line.replace("--listen 127.0.0.1:5001", "--listen 127.0.0.1:0");
        let mut shell = shown(folder.path(), &format!("registry {line} {listen}"));
        // Nothing names a bucket where there is nothing but `ossicle registry`.
        if line.contains("--bucket") {
            shell.env("OSS_ACCESS_KEY_ID", "my-id").env("OSS_ACCESS_KEY_SECRET", "my-secret");
            shell.env("OSS_ENDPOINT", &endpoint);
        }
        *if serves { &mut serving } else { &mut ended } += 1;
        succeeds(shell, serves.then_some("a registry listens on http://127.0.0.1:"), command);
    }
    assert!(serving >= 5 && ended >= 6, "{serving} that serve, {ended} others");
    assert!(!bucket.keys().iter().any(|key| key.contains("/tags/old/")), "rm removed the tag");
}

/// A command as a document shows it, in a shell.
#[cfg(unix)]
fn shown(folder: &std::path::Path, command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec \"$OSSICLE\" {command}")])
        .current_dir(folder)
        .env("OSSICLE", env!("CARGO_BIN_EXE_ossicle"))
        .env("HOME", folder)
        .env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    shell
}

/// Runs it to its end. What serves is told to end as soon as it says that it listens.
#[cfg(unix)]
fn succeeds(mut shell: Command, listens: Option<&str>, command: &str) {
    let mut child = shell.spawn().expect("a shell");
    if let Some(listens) = listens {
        let mut first = String::new();
        let mut out = std::io::BufReader::new(child.stdout.take().expect("an output"));
        std::io::BufRead::read_line(&mut out, &mut first).expect("a line");
        assert!(first.starts_with(listens), "{command}: {first}");
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
        // It may have more to say than a pipe holds.
        std::io::copy(&mut out, &mut std::io::sink()).expect("the rest");
    }
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The commands of the API's documentation and the README's: those that serve end when they are told to. The config is the one
/// that is shown, with what this machine lacks of it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_apis_documentation() {
    const SERVE: &str = include_str!("../../service/SERVE.md");
    let emulator = Emulator::builder().bucket(BucketSpec::new("shop-storage")).access_key("id", "secret");
    let emulator = emulator.start().await.expect("the emulator starts");
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    std::fs::write(folder.path().join("tls.crt"), made.cert.pem()).expect("a file");
    std::fs::write(folder.path().join("clients.crt"), made.cert.pem()).expect("a file");
    std::fs::write(folder.path().join("tls.key"), made.signing_key.serialize_pem()).expect("a file");
    let config = SERVE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of TOML");
    let endpoint = format!("region = \"cn-hangzhou\"\nendpoint = \"{}\"", emulator.endpoint());
    let config = config.replace("/etc/ossicle/", &format!("{}/", folder.path().display()));
    let config = config.replace("region = \"cn-hangzhou\"", &endpoint);
    std::fs::write(folder.path().join("serve.toml"), config).expect("a file");
    let commands = README.lines().chain(SERVE.lines()).filter_map(|line| line.strip_prefix("$ ossicle serve"));
    let (mut serving, mut ended) = (0, 0);
    for command in commands.map(str::trim) {
        let serves = !command.starts_with("token");
        // On a port of its own, whatever else runs on this machine.
        let listen = if serves { "--listen 127.0.0.1:0" } else { "" };
        let shell = shown(folder.path(), &format!("serve {command} {listen}"));
        *if serves { &mut serving } else { &mut ended } += 1;
        succeeds(shell, serves.then_some("the API listens on http"), command);
    }
    assert!(serving >= 3 && ended >= 2, "{serving} that serve, {ended} others");
}

/// CI runs the `cargo` commands as they stand, but for what it adds when it installs: optimisation would take it minutes, and
/// where it installs is its own folder.
#[test]
fn cargo_commands_are_those_of_ci() {
    const ADDED: [&str; 4] = ["--locked", "--debug", "--root", "\"$target/installed\""];
    let words = |line: &'static str| -> Vec<&str> { line.split(' ').filter(|word| !ADDED.contains(word)).collect() };
    let ci = include_str!("../../../.ci/run");
    let run: Vec<_> = ci.lines().filter_map(|line| line.trim().strip_prefix("cargo ")).map(words).collect();
    for command in commands(&[README, LIBRARY], "cargo") {
        assert!(run.contains(&words(command.trim())), "cargo {command}");
    }
}

/// The settings file that is shown is one.
#[test]
fn the_settings_file_of_the_commands_documentation() {
    let file = COMMAND.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of TOML");
    let credentials = "[credentials]\naccess-key-id = \"id\"\naccess-key-secret = \"secret\"\n";
    let config: ossicle::Config = toml::from_str(&[file, credentials].concat()).expect("a config");
    assert_eq!(config.bucket, "my-certificates");
}
