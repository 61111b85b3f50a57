//! The query string of a request, decoded once and kept in the order it came.

use crate::percent;

/// Names and values, decoded. A parameter without `=` has no value.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pairs: Vec<(String, Option<String>)>,
}

impl Query {
    /// Reads the part of a URL after the question mark; `None` if a component is not UTF-8.
    pub fn parse(raw: &str) -> Option<Self> {
        let mut pairs = Vec::new();
        for piece in raw.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = match piece.split_once('=') {
                Some((name, value)) => (name, Some(percent::decode_query(value)?)),
                None => (piece, None),
            };
            pairs.push((percent::decode_query(name)?, value));
        }
        Some(Self { pairs })
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(given, _)| given == name)
    }

    /// The value of the first such parameter; empty if it has none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    /// The value of the first such parameter, unless it is absent or empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Every parameter in the order it came.
    pub fn pairs(&self) -> &[(String, Option<String>)] {
        &self.pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_absent_values_stay_absent() {
        let query = Query::parse("uploads&prefix=a%2Fb+c&empty=&prefix=second").expect("valid");
        assert!(query.has("uploads"));
        assert_eq!(query.get("uploads"), Some(""));
        assert_eq!(query.pairs()[0], ("uploads".into(), None));
        assert_eq!(query.get("prefix"), Some("a/b c"));
        assert_eq!(query.filled("empty"), None);
        assert_eq!(query.get("none"), None);
        assert!(Query::parse("a=%FF").is_none());
    }
}
