//! The settings that one source gives: the command line, the environment or a file.

use crate::{Field, Origin};
use std::collections::BTreeMap;
use std::fmt;

/// A value as it was given.
#[derive(Clone)]
pub struct Value {
    /// Its text. It may be a secret.
    pub text: String,
    /// Where it came from.
    pub origin: Origin,
}

/// What one source, or all of them, give.
#[derive(Clone, Debug, Default)]
pub struct Given(BTreeMap<Field, Value>);

impl Given {
    /// Gives a field a value.
    pub fn put(&mut self, field: Field, text: impl Into<String>, origin: Origin) {
        self.0.insert(field, Value { text: text.into(), origin });
    }

    /// The value of a field.
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.0.get(&field)
    }

    /// Whether it gives anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Several sources as one: each field from the first that has it, but the access key whole from the first that has
    /// any of its two parts. A secret from here and a security token from there would make a key that nobody gave.
    pub fn merge(sources: &[Self]) -> Self {
        let mut merged = Self::default();
        let key = sources.iter().find(|source| {
            [Field::AccessKeyId, Field::AccessKeySecret].iter().any(|field| source.get(*field).is_some())
        });
        for field in Field::ALL {
            let value = if field.is_credential() {
                key.and_then(|source| source.get(field))
            } else {
                sources.iter().find_map(|source| source.get(field))
            };
            if let Some(value) = value {
                merged.0.insert(field, value.clone());
            }
        }
        merged
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &'static str, fields: &[(Field, &str)]) -> Given {
        let mut given = Given::default();
        for (field, text) in fields {
            given.put(*field, *text, Origin::Flag(name));
        }
        given
    }

    #[test]
    fn the_first_source_counts_and_an_access_key_is_never_mixed() {
        let merged = Given::merge(&[
            source("a", &[(Field::Bucket, "from-a")]),
            source("b", &[(Field::Bucket, "from-b"), (Field::Region, "from-b"), (Field::SecurityToken, "lonely")]),
            source("c", &[(Field::AccessKeyId, "id-c"), (Field::AccessKeySecret, "secret-c")]),
            source("d", &[(Field::AccessKeySecret, "secret-d"), (Field::SecurityToken, "token-d")]),
        ]);
        let text = |field| merged.get(field).map(|value| value.text.as_str());
        assert_eq!(text(Field::Bucket), Some("from-a"));
        assert_eq!(text(Field::Region), Some("from-b"));
        assert_eq!(text(Field::AccessKeySecret), Some("secret-c"));
        assert_eq!(text(Field::SecurityToken), None);
        assert!(!format!("{merged:?}").contains("secret-c"));
    }
}
