//! 4.12: what `--json` prints is what the help says, for every command that any test runs.

use crate::world::Said;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

/// What a document may be.
#[derive(Debug, Clone)]
enum Shape {
    Anything,
    List(Box<Shape>),
    /// Groups of fields of which one is there, and whether it has to be.
    Object(Vec<(Vec<(String, Shape)>, bool)>),
}

/// The shapes in a help, by what stands before each: `cert ls`, `standard error`.
fn shapes(help: &str) -> BTreeMap<String, Shape> {
    let (_, help) = help.split_once("JSON (--json)").expect("a part about JSON");
    let mut found = BTreeMap::new();
    let mut rest = help;
    while let Some(at) = rest.find('{') {
        let line = rest[..at].rsplit('\n').next().unwrap();
        let mut reader = Reader { rest: &rest[at..] };
        found.insert(line.trim().to_owned(), reader.shape());
        rest = reader.rest;
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn takes(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let taken = self.rest.strip_prefix(token);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn word(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap();
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn shape(&mut self) -> Shape {
        if self.takes("[") {
            let inner = self.shape();
            assert!(self.takes("]"), "{}", self.rest);
            return Shape::List(Box::new(inner));
        }
        if !self.takes("{") {
            self.word();
            return Shape::Anything;
        }
        let mut groups = Vec::new();
        loop {
            let (mut group, mut needed) = (Vec::new(), true);
            loop {
                let name = self.word();
                needed &= !self.takes("?");
                let shape = if self.takes(":") { self.shape() } else { Shape::Anything };
                group.push((name, shape));
                if !self.takes("|") {
                    break;
                }
            }
            groups.push((group, needed));
            if !self.takes(",") {
                assert!(self.takes("}"), "{}", self.rest);
                return Shape::Object(groups);
            }
        }
    }
}

impl Shape {
    fn check(&self, value: &Value, at: &str) {
        match (self, value) {
            (Self::Anything, value) => {
                assert!(!value.is_null() && !value.is_object() && !value.is_array(), "{at}: {value}");
            }
            (Self::List(inner), Value::Array(values)) => values.iter().for_each(|value| inner.check(value, at)),
            (Self::Object(groups), Value::Object(fields)) => {
                for (group, needed) in groups {
                    let there = group.iter().filter(|(name, _)| fields.contains_key(name)).count();
                    assert!(there <= 1 && (there == 1 || !needed), "{at}: {there} of {group:?} in {value}");
                }
                for (name, value) in fields {
                    let known = groups.iter().flat_map(|(group, _)| group).find(|(known, _)| known == name);
                    let (_, shape) = known.unwrap_or_else(|| panic!("{at}: {name} is not in the help: {value}"));
                    shape.check(value, &format!("{at}.{name}"));
                }
            }
            (shape, value) => panic!("{at}: {value} is no {shape:?}"),
        }
    }
}

fn all() -> &'static BTreeMap<String, Shape> {
    static ALL: OnceLock<BTreeMap<String, Shape>> = OnceLock::new();
    ALL.get_or_init(|| {
        let help = |group| {
            let told = Command::new(env!("CARGO_BIN_EXE_ossicle")).args([group, "--help"]).output().unwrap();
            String::from_utf8(told.stdout).unwrap()
        };
        ["cert", "blob", "lock", "keyset", "registry"].into_iter().flat_map(|group| shapes(&help(group))).collect()
    })
}

/// Holds what a command said against the help, where it was to be JSON.
pub fn check(arguments: &[String], said: &Said) {
    let own: Vec<&str> = arguments.iter().map(String::as_str).take_while(|argument| *argument != "--").collect();
    let (Some(group), true) = (own.first(), own.contains(&"--json")) else { return };
    let is_logged = own.iter().any(|argument| argument.starts_with("-v"));
    if !said.err.is_empty() && !is_logged {
        let document = serde_json::from_str(&said.err).unwrap_or_else(|error| panic!("{error}: {}", said.err));
        all()["standard error"].check(&document, "standard error");
    }
    let changes = ["add", "rotate", "promote", "disable", "enable"];
    let operation = own.iter().skip(1).map(|word| if changes.contains(word) { "create" } else { word });
    let Some((name, shape)) =
        operation.map(|word| format!("{group} {word}")).find_map(|name| all().get_key_value(&name))
    else {
        return;
    };
    for document in said.out.lines() {
        let document = serde_json::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"));
        shape.check(&document, name);
    }
    let has_lines = matches!(name.as_str(), "blob walk" | "blob uploads");
    assert!(said.out.lines().count() <= 1 || has_lines, "{name}: {}", said.out);
}

#[test]
fn every_command_is_in_the_help() {
    for name in [
        "cert store",
        "cert load",
        "cert rm",
        "cert ls",
        "cert stat",
        "cert exists",
        "cert reencrypt",
        "blob get",
        "blob put",
        "blob stat",
        "blob ls",
        "blob walk",
        "blob cp",
        "blob mv",
        "blob rm",
        "blob url",
        "blob uploads",
        "lock status",
        "lock break",
        "keyset info",
        "keyset create",
        "registry check",
        "registry gc",
        "registry purge",
        "registry tags",
        "registry rm",
        "standard error",
    ] {
        assert!(all().contains_key(name), "{name}");
    }
}

/// The check itself can fail.
#[test]
fn a_document_of_another_shape_is_found() {
    let shape = &shapes("JSON (--json)\n  x  {a, b?: [{c}], d | e}")["x"];
    let fits = |text: &str| {
        let value = serde_json::from_str(text).unwrap();
        std::panic::catch_unwind(|| shape.check(&value, "x")).is_ok()
    };
    assert!(fits(r#"{"a":1,"d":"x"}"#) && fits(r#"{"a":1,"e":"x","b":[{"c":2}]}"#));
    for bad in [
        r#"{"d":1}"#,
        r#"{"a":1}"#,
        r#"{"a":null,"d":1}"#,
        r#"{"a":1,"d":1,"e":1}"#,
        r#"{"a":1,"d":1,"b":[{}]}"#,
        r#"{"a":1,"d":1,"x":1}"#,
    ] {
        assert!(!fits(bad), "{bad}");
    }
}
