//! What a person learns from the command itself.

use crate::world::World;
use std::collections::BTreeSet;

/// As `--version` names them.
const COMPONENTS: [&str; 5] = ["certificates", "blobs", "command", "registry", "service"];

#[test]
fn help_names_the_variables_the_exit_codes_and_examples() {
    let world = World::bare();
    let help = world.run(&["cert", "--help"]).ends(0).out;
    for part in [
        "OSS_ACCESS_KEY_ID",
        "OSS_SESSION_TOKEN",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "OSS_BUCKET",
        "OSSICLE_CONFIG",
        "ossicle.toml",
        "Exit codes",
        "Examples",
        "ossicle cert store",
    ] {
        assert!(help.contains(part), "{part} is missing in:\n{help}");
    }
    for command in ["store", "load", "rm", "ls", "stat", "exists"] {
        world.run(&["cert", command, "--help"]).ends(0);
    }
    // Nothing that was asked for is no success.
    assert_eq!(world.run::<&str>(&[]).code, 2);
    assert_eq!(world.run(&["cert"]).code, 2);
}

#[test]
fn arguments_that_do_not_exist() {
    let world = World::bare();
    world.run(&["cert", "ls", "--bukket", "b"]).ends(2).complains(&["--bukket", "--bucket"]);
    world.run(&["cert", "lod", "k"]).ends(2).complains(&["lod"]);
    world.run(&["-v"]).ends(2).complains(&["which command?"]);
    world.run(&["cert", "ls", "--http", "--https"]).ends(2);
    // A secret is no argument.
    world.run(&["cert", "ls", "--access-key-secret"]).ends(2);
}

#[test]
fn the_version_names_the_components() {
    let said = World::bare().run(&["--version"]).ends(0);
    let lines: Vec<_> = said.out.lines().collect();
    let [version, components @ ..] = &lines[..] else { panic!("{}", said.out) };
    assert_eq!(*version, concat!("ossicle ", env!("CARGO_PKG_VERSION")));
    assert_eq!(components.len(), COMPONENTS.len(), "{}", said.out);
    let mut digests = BTreeSet::new();
    for (line, name) in components.iter().zip(COMPONENTS) {
        assert!(line.starts_with(&format!("component {name}: ")), "{line}");
        assert!(digests.insert(line.split_once("sha256:").unwrap().1), "{line}: another component's digest");
    }
}

#[test]
fn completions_for_every_shell() {
    let world = World::bare();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(world.run(&["completions", shell]).ends(0).out.contains("exists"), "{shell}");
    }
}

#[test]
fn the_components_come_out_as_they_are() {
    for name in COMPONENTS {
        let said = World::bare().run(&["component", name]).ends(0);
        // The component model's preamble: version 13, layer 1.
        assert_eq!(said.bytes[..8], *b"\0asm\x0d\0\x01\0", "{name}");
    }
}
