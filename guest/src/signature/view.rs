//! The signed parts of a request, in the order in which they are signed.

use std::fmt;

use super::encode::encode_component;

/// Headers with lower-case names and trimmed values, sorted by name. `Debug` shows only the names, because a value may
/// be a token.
#[derive(Clone, Default)]
pub struct CanonicalHeaders(Ordered<String>);

impl CanonicalHeaders {
    /// Sets a header.
    pub fn set(&mut self, name: &str, value: impl AsRef<str>) {
        self.0.set(name.to_ascii_lowercase(), value.as_ref().trim().to_owned());
    }

    /// The value of a header, by lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.find(name).ok().and_then(|at| self.0.0.get(at))?;
        Some(value)
    }

    /// All headers, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name, value.as_str()))
    }
}

impl IntoIterator for CanonicalHeaders {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.0.into_iter()
    }
}

/// A small map sorted by name. (A tree would suit many entries; a request has five.)
#[derive(Clone)]
pub(super) struct Ordered<T>(Vec<(String, T)>);

impl<T> Ordered<T> {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }

    pub(super) fn set(&mut self, name: String, value: T) {
        match self.find(&name) {
            Ok(at) => {
                if let Some((_, old)) = self.0.get_mut(at) {
                    *old = value;
                }
            }
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The decoded parameters of a query, sorted by their encoded names. A parameter without a value, or with an empty one,
/// consists of its name. `Debug` shows only the names, because a value may be a signature.
#[derive(Clone, Default)]
pub struct Query(Ordered<Parameter>);

impl fmt::Debug for CanonicalHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.names()).finish()
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.names()).finish()
    }
}

#[derive(Clone)]
struct Parameter {
    name: String,
    value: Option<String>,
}

impl Query {
    /// Sets a parameter.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.insert(name, Some(value.into()).filter(|value| !value.is_empty()));
    }

    /// Sets a parameter without a value.
    pub fn flag(&mut self, name: &str) {
        self.insert(name, None);
    }

    fn insert(&mut self, name: &str, value: Option<String>) {
        let mut encoded = String::with_capacity(name.len());
        encode_component(name, &mut encoded);
        self.0.set(encoded, Parameter { name: name.to_owned(), value });
    }

    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// The query as V4 signs it and as the URL contains it, without `?`.
    pub fn encoded(&self) -> String {
        let mut out = String::new();
        self.encode(&mut out);
        out
    }

    /// Appends [`Query::encoded`].
    pub fn encode(&self, out: &mut String) {
        for (number, (encoded, parameter)) in self.0.iter().enumerate() {
            if number > 0 {
                out.push('&');
            }
            out.push_str(encoded);
            if let Some(value) = &parameter.value {
                out.push('=');
                encode_component(value, out);
            }
        }
    }

    /// The decoded parameters, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(_, parameter)| (parameter.name.as_str(), parameter.value.as_deref()))
    }
}

/// The parts of a request that a signature covers. The bucket is signed wherever the URL contains it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `GET`, `PUT` …
    pub method: &'a str,
    /// The bucket; `None` for the service itself.
    pub bucket: Option<&'a str>,
    /// The object's decoded name; `None` for the bucket itself.
    pub object: Option<&'a str>,
    /// The query's parameters.
    pub query: &'a Query,
    /// The headers.
    pub headers: &'a CanonicalHeaders,
}
