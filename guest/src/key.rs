//! Keys. They are validated and normalised before anything is signed.
//!
//! If a client signs HTTP requests itself, an empty object key would turn the `DELETE` of an object into that of the
//! bucket. So the name of an object can only be made from a [`Key`] and a [`Root`], or come from a listing of OSS.

/// The longest name of an object, in bytes of UTF-8 (OSS documentation: *Object naming*).
pub const MAX_OBJECT_NAME: usize = 1023;

/// The component below which values that are stored together keep their metadata. No key of a storage and no folder of
/// its locks may contain it.
pub(crate) const TOGETHER: &str = ".together";

/// Why a string can't be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Nothing is left after normalisation: the key would name the bucket itself.
    #[error("the key is empty")]
    Empty,
    /// A component is `..`.
    #[error("the key has a \"..\" component")]
    ParentComponent,
    /// The key contains a control character.
    #[error("the key holds a control character")]
    ControlCharacter,
    /// The key begins with `\`, which OSS rejects.
    #[error("the key begins with a backslash")]
    LeadingBackslash,
    /// With the root, the key is longer than [`MAX_OBJECT_NAME`].
    #[error("the key is too long: {0} bytes with the root, and OSS allows 1023")]
    TooLong(usize),
}

/// A key in normal form: components without `.`, `..` or control characters, joined by single `/`; never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// Normalises a key: drops leading and trailing `/`, empty components and `.` components.
    ///
    /// # Errors
    /// When nothing is left, a component is `..`, or the key contains a control character or begins with `\`.
    pub fn parse(raw: &str) -> Result<Self, InvalidKey> {
        Self::parse_prefix(raw)?.ok_or(InvalidKey::Empty)
    }

    /// As [`Key::parse`], but returns `None`, which means the whole storage, if nothing is left.
    ///
    /// # Errors
    /// As [`Key::parse`], except for [`InvalidKey::Empty`].
    pub fn parse_prefix(raw: &str) -> Result<Option<Self>, InvalidKey> {
        if raw.chars().any(char::is_control) {
            return Err(InvalidKey::ControlCharacter);
        }
        let mut normal = String::with_capacity(raw.len());
        for component in raw.split('/') {
            match component {
                "" | "." => continue,
                ".." => return Err(InvalidKey::ParentComponent),
                _ => {}
            }
            if !normal.is_empty() {
                normal.push('/');
            }
            normal.push_str(component);
        }
        if normal.starts_with('\\') {
            return Err(InvalidKey::LeadingBackslash);
        }
        Ok(if normal.is_empty() { None } else { Some(Self(normal)) })
    }

    /// Whether a string is a key in normal form, so that a caller could use it.
    pub fn is_normal(raw: &str) -> bool {
        matches!(Self::parse(raw), Ok(key) if key.0 == raw)
    }

    /// The key in normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of an object in the bucket: the root and the key. Never empty, never longer than [`MAX_OBJECT_NAME`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectName(String);

impl ObjectName {
    /// A name from a listing of OSS; `None` if no object can have it.
    pub fn listed(name: String) -> Option<Self> {
        (1..=MAX_OBJECT_NAME).contains(&name.len()).then_some(Self(name))
    }

    /// The name, as requests contain it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The prefix of every key of a storage: empty, or ending in a slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root(String);

impl Root {
    /// Parses the root in a config; an empty one means no root.
    ///
    /// # Errors
    /// When it violates the rules for keys.
    pub fn parse(raw: &str) -> Result<Self, InvalidKey> {
        match Key::parse_prefix(raw)? {
            Some(key) => Self::before(key.as_str()),
            None => Ok(Self::default()),
        }
    }

    /// A root that is not normalised, except that slashes at its ends are removed: `a//b` and `./a` name other objects
    /// than `a/b` and `a`, and a program that used such a root finds its objects again.
    ///
    /// # Errors
    /// When it contains a control character, begins with `\`, or leaves no room for a key.
    pub fn verbatim(raw: &str) -> Result<Self, InvalidKey> {
        let name = raw.trim_matches('/');
        if name.chars().any(char::is_control) {
            return Err(InvalidKey::ControlCharacter);
        }
        match name {
            "" => Ok(Self::default()),
            name if name.starts_with('\\') => Err(InvalidKey::LeadingBackslash),
            name => Self::before(name),
        }
    }

    fn before(name: &str) -> Result<Self, InvalidKey> {
        // Leave room for a slash and at least one byte of a key.
        if name.len() > MAX_OBJECT_NAME - 2 {
            return Err(InvalidKey::TooLong(name.len()));
        }
        Ok(Self([name, "/"].concat()))
    }

    /// The object that holds the value of a key.
    ///
    /// # Errors
    /// [`InvalidKey::TooLong`].
    pub fn object(&self, key: &Key) -> Result<ObjectName, InvalidKey> {
        let name = [self.0.as_str(), key.as_str()].concat();
        if name.len() > MAX_OBJECT_NAME { Err(InvalidKey::TooLong(name.len())) } else { Ok(ObjectName(name)) }
    }

    /// The prefix of the names of all objects below a directory, ending in `/`; empty for the whole bucket.
    ///
    /// # Errors
    /// [`InvalidKey::TooLong`] when no object below it could have a name.
    pub fn directory(&self, key: Option<&Key>) -> Result<String, InvalidKey> {
        let mut prefix = self.0.clone();
        if let Some(key) = key {
            prefix.push_str(key.as_str());
            prefix.push('/');
        }
        if prefix.len() > MAX_OBJECT_NAME { Err(InvalidKey::TooLong(prefix.len())) } else { Ok(prefix) }
    }

    /// An object's name without the root; `None` for an object outside of it.
    pub fn strip<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.0.as_str())
    }

    /// As [`Root::strip`], but reuses the name's memory.
    pub fn below(&self, mut name: String) -> Option<String> {
        name.starts_with(self.0.as_str()).then(|| {
            name.drain(..self.0.len());
            name
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn normalises_what_file_storage_takes_as_an_alias() {
        for (raw, normal) in [
            ("acme/", "acme"),
            ("/acme", "acme"),
            ("a//b", "a/b"),
            ("./a", "a"),
            ("a/./b", "a/b"),
            ("/a/b/", "a/b"),
            ("a/...", "a/..."),
            ("..a/b..", "..a/b.."),
            (" a b ", " a b "),
            ("测试/*", "测试/*"),
        ] {
            assert_eq!(Key::parse(raw).map(|key| key.0).as_deref(), Ok(normal), "{raw:?}");
        }
    }

    #[test]
    fn gap_26_refuses_what_could_become_a_bucket_operation() {
        for raw in ["", "/", "//", ".", "./", "/./."] {
            assert_eq!(Key::parse(raw), Err(InvalidKey::Empty), "{raw:?}");
        }
        for raw in ["..", "../a", "a/..", "a/../b", "/.."] {
            assert_eq!(Key::parse(raw), Err(InvalidKey::ParentComponent), "{raw:?}");
        }
        for raw in ["a\0b", "a\nb", "\r", "\u{7f}", "\u{85}"] {
            assert_eq!(Key::parse(raw), Err(InvalidKey::ControlCharacter), "{raw:?}");
        }
        for raw in ["\\a", "/\\a"] {
            assert_eq!(Key::parse(raw), Err(InvalidKey::LeadingBackslash), "{raw:?}");
        }
    }

    #[test]
    fn the_length_counts_bytes_and_the_root() {
        let root = Root::parse("/root/").unwrap();
        let longest = Key::parse(&"é".repeat(509)).unwrap();
        assert_eq!(root.object(&longest).unwrap().as_str().len(), MAX_OBJECT_NAME);
        let longer = Key::parse(&["é".repeat(509).as_str(), "x"].concat()).unwrap();
        assert_eq!(root.object(&longer), Err(InvalidKey::TooLong(MAX_OBJECT_NAME + 1)));
        assert_eq!(root.directory(Some(&longest)), Err(InvalidKey::TooLong(MAX_OBJECT_NAME + 1)));
        assert!(Root::parse(&"r".repeat(1021)).is_ok());
        assert_eq!(Root::parse(&"r".repeat(1022)), Err(InvalidKey::TooLong(1022)));
    }

    #[test]
    fn a_root_is_a_whole_component() {
        let root = Root::parse("a/b").unwrap();
        assert_eq!(root.strip("a/b/k"), Some("k"));
        assert_eq!(root.strip("a/bc/k"), None);
        assert_eq!(root.strip("a/b"), None);
        assert_eq!(root.directory(None).unwrap(), "a/b/");
        assert_eq!(Root::default().directory(None).unwrap(), "");
    }

    #[test]
    fn a_verbatim_root_is_kept_as_it_stands_6_5() {
        for (raw, prefix) in [
            ("a//b", "a//b/"),
            ("/./a/", "./a/"),
            ("a/../b", "a/../b/"),
            (".", "./"),
            ("", ""),
            ("//", ""),
            ("/a/", "a/"),
        ] {
            let root = Root::verbatim(raw).unwrap();
            assert_eq!(root.directory(None).unwrap(), prefix, "{raw}");
            let object = root.object(&Key::parse("k").unwrap()).unwrap();
            assert_eq!((object.as_str(), root.strip(object.as_str())), (&*[prefix, "k"].concat(), Some("k")));
        }
        assert_eq!(Root::verbatim("a\nb"), Err(InvalidKey::ControlCharacter));
        assert_eq!(Root::verbatim("/\\a"), Err(InvalidKey::LeadingBackslash));
        assert_eq!(Root::verbatim(&"r".repeat(1022)), Err(InvalidKey::TooLong(1022)));
    }

    proptest! {
        #[test]
        fn normal_form_is_a_fixed_point_without_escapes(raw in any::<String>()) {
            if let Ok(key) = Key::parse(&raw) {
                let normal = key.as_str();
                prop_assert!(Key::is_normal(normal));
                prop_assert!(!normal.is_empty() && !normal.starts_with('/') && !normal.ends_with('/'));
                prop_assert!(normal.split('/').all(|part| !matches!(part, "" | "." | "..")));
                let root = Root::parse("root").unwrap();
                if let Ok(object) = root.object(&key) {
                    prop_assert_eq!(root.strip(object.as_str()), Some(normal));
                }
            }
        }
    }
}
