//! Settings in a TOML file, in the words of the library's `Config`.
//!
//! The file is read field by field, not into a structure, so that each value keeps its line, and so that no message can
//! quote one: the line it would quote may hold a secret.

use super::problem::Problem;
use ossicle_terms::{Field, Given, Kind, Origin};
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables of a file.
const TABLES: [&str; 7] =
    ["credentials", "encryption", "timeouts", "locks", "locks.interlock", "certificates", "blobs"];

/// What a file gives.
pub fn read(path: &Path, text: &str) -> Result<Given, Problem> {
    let file = File { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map(|span| file.line(span.start));
        Problem::new(format!("the config file is no TOML: {}", error.message().trim()))
            .given_by(Origin::File { path: path.to_owned(), line })
    })?;
    let mut given = Given::default();
    file.table(&mut given, "", table.get_ref())?;
    Ok(given)
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn table(&self, given: &mut Given, within: &str, table: &DeTable<'_>) -> Result<(), Problem> {
        for (key, value) in table {
            let origin = self.origin(key.span().start);
            let name =
                if within.is_empty() { key.get_ref().to_string() } else { format!("{within}.{}", key.get_ref()) };
            if TABLES.contains(&name.as_str()) {
                let DeValue::Table(inner) = value.get_ref() else {
                    return Err(Problem::new(format!("{name}: must be a table, [{name}]")).given_by(origin));
                };
                if inner.is_empty() && name == Field::INTERLOCK {
                    let reason = format!("is missing: [{name}] alone does not say whom to keep out");
                    return Err(Problem::of(Field::InterlockExpiration, reason).given_by(origin));
                }
                self.table(given, &name, inner)?;
                continue;
            }
            let field = Field::named(&name).ok_or_else(|| unknown(&name).given_by(origin.clone()))?;
            let expected = field.kind().expected();
            let text = text(field.kind(), value);
            let text =
                text.ok_or_else(|| Problem::of(field, format!("must be {expected}")).given_by(origin.clone()))?;
            let text = if field.kind() == Kind::Path { self.beside(field, &text, &origin)? } else { text };
            given.put(field, text, origin);
        }
        Ok(())
    }

    /// A path that begins at the config file's folder: in the working directory anybody's file may lie.
    fn beside(&self, field: Field, path: &str, origin: &Origin) -> Result<String, Problem> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let whole = folder.join(path).into_os_string().into_string();
        whole.map_err(|_| Problem::of(field, "begins at a folder whose name is not UTF-8").given_by(origin.clone()))
    }

    fn origin(&self, byte: usize) -> Origin {
        Origin::File { path: self.path.to_owned(), line: Some(self.line(byte)) }
    }

    fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
    }
}

/// A value as text, if it is of the kind.
fn text(kind: Kind, value: &Spanned<DeValue<'_>>) -> Option<String> {
    match (kind, value.get_ref()) {
        (Kind::Text | Kind::Path | Kind::Span | Kind::Size, DeValue::String(text)) => Some(text.to_string()),
        (Kind::Number | Kind::Size, DeValue::Integer(number)) if number.radix() == 10 => {
            Some(number.as_str().to_owned())
        }
        (Kind::Span, DeValue::Integer(number)) if number.radix() == 10 => Some(format!("{}ms", number.as_str())),
        (Kind::Truth, DeValue::Boolean(truth)) => Some(truth.to_string()),
        _ => None,
    }
}

/// A field that does not exist, and which was meant.
fn unknown(name: &str) -> Problem {
    let problem = Problem::new(format!("there is no field {name:?}"));
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().replace('_', "-").to_lowercase();
    let wanted = last(name);
    let likeness = |field: &Field| strsim::jaro_winkler(&wanted, &last(field.name()));
    // Fields of several tables have one name.
    let table = |name: &str| name.rsplit_once('.').map(|(table, _)| table.to_owned());
    let is_beside = |field: &Field| table(field.name()) == table(name);
    let nearest = Field::ALL
        .into_iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)).then(is_beside(one).cmp(&is_beside(other))));
    match nearest.filter(|field| likeness(field) > 0.8) {
        Some(field) => problem.hint(match field.name().split_once('.') {
            Some((table, last)) => format!("{last:?} in the table [{table}] may be meant"),
            None => format!("{:?} may be meant", field.name()),
        }),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let problem = read(Path::new("o.toml"), text).expect_err("a problem");
        let origin = problem.origin().map(ToString::to_string).unwrap_or_default();
        format!("{problem} | {origin} | {}", problem.hints().join(" "))
    }

    #[test]
    fn every_value_keeps_its_line() {
        let text = "bucket = \"b\"\n\n# a remark\nattempts = 5\nsecure = false\n[timeouts]\nconnect = 2000\noperation = \"1m\"\n";
        let given = read(Path::new("o.toml"), text).expect("given");
        for (field, text, line) in [
            (Field::Bucket, "b", 1),
            (Field::Attempts, "5", 4),
            (Field::Secure, "false", 5),
            (Field::Connect, "2000ms", 7),
            (Field::Operation, "1m", 8),
        ] {
            let value = given.get(field).expect("a value");
            assert_eq!(value.text, text);
            assert_eq!(value.origin.to_string(), format!("o.toml, line {line}"));
        }
    }

    #[test]
    fn a_relative_path_begins_at_the_files_folder_3_1() {
        let text = "[encryption]\nkey-set-file = \"keys.json\"\n[credentials]\ntoken-file = \"/run/token\"\n";
        let given = read(Path::new("/etc/ossicle/o.toml"), text).expect("given");
        let text = |field| given.get(field).map(|value| value.text.as_str());
        assert_eq!(text(Field::KeySetFile), Some("/etc/ossicle/keys.json"));
        assert_eq!(text(Field::TokenFile), Some("/run/token"));
    }

    #[test]
    fn what_is_unknown_is_refused_by_name_and_line() {
        assert_eq!(
            told("bucket = \"b\"\nregoin = \"r\""),
            "there is no field \"regoin\" | o.toml, line 2 | \"region\" may be meant"
        );
        let hint = "\"access-key-id\" in the table [credentials] may be meant";
        assert_eq!(
            told("access_key_id = \"x\""),
            format!("there is no field \"access_key_id\" | o.toml, line 1 | {hint}")
        );
        assert_eq!(told("[timeouts]\nx = 1"), "there is no field \"timeouts.x\" | o.toml, line 2 | ");
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_refused_without_being_quoted() {
        assert_eq!(told("attempts = \"3\""), "attempts: must be a whole number | o.toml, line 1 | ");
        for text in [
            "[credentials]\naccess-key-secret = 4711",
            "credentials = 4711",
            "[credentials]\naccess-key-secret = \"4711",
        ] {
            assert!(!told(text).contains("4711"), "{}", told(text));
        }
    }
}
