//! The `config.yml` of a registry: its single values, as they are written, with their places.
//!
//! The document is read as events and not as a tree. No alias is followed, so nothing in it can grow, and how deep and how
//! long it may be is bounded.

use saphyr_parser::{Event, Parser, ScalarStyle};

/// More than any registry's: upstream's documentation shows every option in 12 KiB.
pub const LARGEST: u64 = 1 << 20;
/// Upstream's options nest seven deep.
const DEEPEST: usize = 64;

/// What stands in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What stands below `storage.oss`, by its name there; none where that is not there.
    pub parameters: Option<Vec<Entry>>,
    /// Everything else, by its place: `http.addr`. What stands in a list has its number for its place there, from 0.
    pub others: Vec<Entry>,
}

/// A value as it stands in the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub value: String,
    /// From 1.
    pub line: usize,
}

/// What is wrong with the file, and where. Nothing of it is quoted: it holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Flaw {
    pub reason: String,
    pub line: usize,
}

/// What the reader is within.
enum Level {
    /// With the key whose value is read, if it has been.
    Mapping(Option<String>),
    /// With the place of the entry that is read, from 0.
    Sequence(usize),
}

/// Reads it.
pub fn read(text: &str) -> Result<Document, Flaw> {
    let mut parser = Parser::new_from_str(text);
    let mut levels = Vec::new();
    let Document { parameters: mut found, mut others } = Document::default();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| flaw("is no YAML", error.marker().line()))?;
        let line = span.start.line();
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if let Some(name) = parameter(&levels) {
                    return Err(flaw(&format!("{name}: must be a single value"), line));
                }
                if levels.len() == DEEPEST {
                    return Err(flaw(&format!("nests more than {DEEPEST} deep"), line));
                }
                if is_oss(&levels) {
                    found.get_or_insert_default();
                }
                let is_mapping = matches!(event, Event::MappingStart(..));
                levels.push(if is_mapping { Level::Mapping(None) } else { Level::Sequence(0) });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                levels.pop();
                close(&mut levels, None);
            }
            Event::Alias(_) => {
                if parameter(&levels).is_some() || is_within(&levels) {
                    let place = place(&levels);
                    return Err(flaw(&format!("{place} is an alias, and none is followed: write its value out"), line));
                }
                close(&mut levels, None);
            }
            Event::Scalar(value, style, ..) => {
                if let Some(name) = parameter(&levels) {
                    let entry = Entry { name: name.to_owned(), value: plain(&value, style).to_owned(), line };
                    add(found.get_or_insert_default(), entry)?;
                } else if is_oss(&levels) {
                    // `oss:` and nothing below it.
                    found.get_or_insert_default();
                } else if is_value(&levels) {
                    let value = plain(&value, style).to_owned();
                    others.push(Entry { name: place(&levels), value, line });
                }
                close(&mut levels, Some(&value));
            }
            Event::DocumentEnd => break,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }
    Ok(Document { parameters: found, others })
}

/// The end of a node: it was a key, or the value of one.
fn close(levels: &mut [Level], scalar: Option<&str>) {
    match levels.last_mut() {
        Some(Level::Mapping(key)) => {
            *key = match key.take() {
                None => Some(scalar.unwrap_or_default().to_owned()),
                Some(_) => None,
            };
        }
        Some(Level::Sequence(place)) => *place += 1,
        None => {}
    }
}

fn keys(levels: &[Level]) -> Vec<Option<&str>> {
    let keys = levels.iter().map(|level| match level {
        Level::Mapping(key) => key.as_deref(),
        Level::Sequence(_) => None,
    });
    keys.collect()
}

/// Whether the value that comes is that of `storage.oss`.
fn is_oss(levels: &[Level]) -> bool {
    keys(levels) == [Some("storage"), Some("oss")]
}

/// Whether the reader stands in a part that may hold what is heeded.
fn is_within(levels: &[Level]) -> bool {
    matches!(keys(levels).as_slice(), [Some("storage" | "http" | "auth" | "notifications"), ..])
}

/// Whether a value comes, and not a key.
fn is_value(levels: &[Level]) -> bool {
    matches!(levels.last(), Some(Level::Mapping(Some(_)) | Level::Sequence(_)))
}

/// Where the reader stands: `http.addr`.
fn place(levels: &[Level]) -> String {
    let places = levels.iter().map(|level| match level {
        Level::Mapping(key) => key.clone().unwrap_or_default(),
        Level::Sequence(place) => place.to_string(),
    });
    places.collect::<Vec<_>>().join(".")
}

/// The parameter whose value comes.
fn parameter(levels: &[Level]) -> Option<&str> {
    match keys(levels).as_slice() {
        [Some("storage"), Some("oss"), Some(name)] => Some(name),
        _ => None,
    }
}

fn add(entries: &mut Vec<Entry>, entry: Entry) -> Result<(), Flaw> {
    if entries.iter().any(|other| other.name == entry.name) {
        return Err(flaw(&format!("{}: is given twice", entry.name), entry.line));
    }
    entries.push(entry);
    Ok(())
}

/// Nothing, in the words of YAML for that.
fn plain(value: &str, style: ScalarStyle) -> &str {
    if style == ScalarStyle::Plain && matches!(value, "~" | "null" | "Null" | "NULL") { "" } else { value }
}

fn flaw(reason: &str, line: usize) -> Flaw {
    Flaw { reason: reason.to_owned(), line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, String, usize)> {
        let entries = read(text).unwrap().parameters.unwrap();
        entries.into_iter().map(|entry| (entry.name, entry.value, entry.line)).collect()
    }

    #[test]
    fn what_stands_below_storage_oss_6_5() {
        let text = "version: 0.1\nlog: {level: info, hooks: [{type: mail}]}\nstorage:\n  cache:\n    blobdescriptor: inmemory\n  \
                    oss:\n    accesskeyid: id # a remark\n    accesskeysecret: \"s: 1\"\n    secure: False\n    chunksize: 0x800000\n    \
                    endpoint: ~\n  maintenance:\n    uploadpurging: {enabled: true}\nhttp:\n  oss: {bucket: another}\n";
        let expected = [
            ("accesskeyid", "id", 7),
            ("accesskeysecret", "s: 1", 8),
            ("secure", "False", 9),
            ("chunksize", "0x800000", 10),
            ("endpoint", "", 11),
        ];
        let expected = expected.map(|(name, value, line)| (name.to_owned(), value.to_owned(), line));
        assert_eq!(told(text), expected);
        assert_eq!(told("{storage: {oss: {bucket: '~'}}}"), [("bucket".to_owned(), "~".to_owned(), 1)]);
        assert_eq!(told("storage:\n  oss:\n"), []);
        for none in ["", "storage:\n  s3: {bucket: b}\n", "oss: {bucket: b}\n", "- storage: {oss: {bucket: b}}\n"] {
            assert_eq!(read(none).map(|read| read.parameters), Ok(None), "{none}");
        }
    }

    #[test]
    fn everything_else_is_told_with_its_place() {
        let text = "version: 0.1\nhttp:\n  addr: :5000\n  headers:\n    X-Options: [nosniff, x]\nstorage:\n  oss: {bucket: b}\n  \
                    delete: {enabled: true}\nnotifications: {endpoints: [{name: a, url: u}]}\nempty: ~\n";
        let others = read(text).unwrap().others;
        let others: Vec<_> =
            others.iter().map(|entry| (entry.name.as_str(), entry.value.as_str(), entry.line)).collect();
        let expected = [
            ("version", "0.1", 1),
            ("http.addr", ":5000", 3),
            ("http.headers.X-Options.0", "nosniff", 5),
            ("http.headers.X-Options.1", "x", 5),
            ("storage.delete.enabled", "true", 8),
            ("notifications.endpoints.0.name", "a", 9),
            ("notifications.endpoints.0.url", "u", 9),
            ("empty", "", 10),
        ];
        assert_eq!(others, expected);
    }

    #[test]
    fn what_can_not_be_meant_is_said_by_its_line_6_5() {
        for (text, said, line) in [
            ("storage:\n  oss:\n    bucket: [b]\n", "bucket: must be", 3),
            ("storage:\n  oss:\n    bucket: b\n    bucket: c\n", "given twice", 4),
            ("a: &x {bucket: b}\nstorage:\n  oss: *x\n", "alias", 3),
            ("a: &x b\nstorage:\n  oss:\n    bucket: *x\n", "alias", 4),
            ("a: &x {bucket: b}\nstorage:\n  oss:\n    <<: *x\n", "alias", 4),
            ("storage:\n  oss: {\n", "no YAML", 3),
            ("storage:\n\toss: x\n", "no YAML", 2),
        ] {
            let flaw = read(text).unwrap_err();
            assert!(flaw.reason.contains(said) && flaw.line == line, "{text}: {flaw:?}");
        }
    }

    /// What makes other readers of YAML take minutes or gigabytes.
    #[test]
    fn a_hostile_document_is_bounded_6_5() {
        let nested = |depth| read(&["[".repeat(depth), "]".repeat(depth)].concat());
        assert_eq!(nested(DEEPEST).map(|read| read.parameters), Ok(None));
        let flaw = nested(DEEPEST + 1).unwrap_err();
        assert!(flaw.reason.contains("64 deep"), "{flaw:?}");
        // The parser has a bound of its own.
        assert!(nested(1 << 20).is_err());
        let mut laughs = String::from("a0: &a0 ha\n");
        for level in 1..60 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            laughs.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        laughs.push_str("storage: {oss: {bucket: b}}\n");
        assert_eq!(told(&laughs), [("bucket".to_owned(), "b".to_owned(), 61)]);
    }
}
