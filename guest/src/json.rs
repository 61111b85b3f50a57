//! Parses JSON that contains secrets: key sets and the responses of credential services.
//!
//! `serde_json` checks the grammar. The result is a small tree of a single type, so that little code is generated.
//! Every text in it is wiped when dropped, and no object has two members with the same name. (A text with escapes
//! passes through a buffer of `serde_json` that is not wiped.) No error contains a value.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// The most members of an object and the most elements of a list; the documents that are read have at most a dozen.
const MAX_MEMBERS: usize = 64;
const MAX_ELEMENTS: usize = 1000;

/// A document.
pub(crate) enum Json {
    Null,
    Bool,
    /// A non-negative integer.
    Whole(u64),
    /// Any other number.
    Number(f64),
    Text(Zeroizing<String>),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a document: one value with nothing after it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| format!("is no JSON that can be read: {error}"))
    }

    /// The member of an object; `None` if it is missing or `null`, or this is not an object.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        let (_, value) = members.iter().find(|(other, _)| other == name)?;
        (!matches!(value, Self::Null)).then_some(value)
    }

    /// A text.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A number of 32 bits in the JSON format of protocol buffers: `42`, `42.0` or `"42"`.
    pub(crate) fn uint32(&self) -> Option<u32> {
        match self {
            Self::Whole(number) => u32::try_from(*number).ok(),
            // The cast is exact: whole and in range.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Self::Number(number) if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number) => {
                Some(*number as u32)
            }
            Self::Text(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Bool)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Whole(number))
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = access.next_element()? {
            if list.len() == MAX_ELEMENTS {
                return Err(A::Error::custom("a list has too many elements"));
            }
            list.push(element);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.len() == MAX_MEMBERS {
                return Err(A::Error::custom("an object has too many members"));
            }
            if members.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom("an object has two members of one name"));
            }
            members.push((name, access.next_value()?));
        }
        Ok(Json::Object(members))
    }
}

/// Appends a text as a JSON string with quotation marks.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<u32> {
        Json::parse(text.as_bytes()).ok()?.uint32()
    }

    #[test]
    fn numbers_as_protocol_buffers_have_them() {
        for (text, expected) in [
            ("42", Some(42)),
            ("42.0", Some(42)),
            ("4.2e1", Some(42)),
            ("\"42\"", Some(42)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("4294967295.5", None),
            ("-1", None),
            ("-0", Some(0)),
            ("\"-1\"", None),
            ("\"+1\"", None),
            ("\"\"", None),
            ("\" 1\"", None),
            ("1e999", None),
            ("true", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn one_document_without_doubles_and_within_bounds() {
        let object = Json::parse(b" {\"a\":{\"b\":\"x\\u003d\\/\"},\"n\":null,\"l\":[true,1]} ").unwrap();
        assert_eq!(object.member("a").and_then(|a| a.member("b")).and_then(Json::text), Some("x=/"));
        assert!(object.member("n").is_none() && object.member("x").is_none());
        for (text, said) in [
            ("{\"a\":1,\"a\":2}", "two members"),
            ("{\"a\":1,\"\\u0061\":2}", "two members"),
            ("{} x", "trailing"),
            ("{}{}", "trailing"),
            ("\u{feff}{}", "expected value"),
            ("{\"canary\":'canary'}", "line 1"),
            ("", "EOF"),
        ] {
            let problem = Json::parse(text.as_bytes()).err().unwrap();
            assert!(problem.contains(said), "{text}: {problem}");
            assert!(!problem.contains("canary"), "{problem}");
        }
        assert!(Json::parse(&b"[".repeat(100_000)).is_err());
        assert!(Json::parse(format!("[{}1]", "1,".repeat(1000)).as_bytes()).is_err());
        let many: Vec<_> = (0..65).map(|n| format!("\"{n}\":0")).collect();
        assert!(Json::parse(format!("{{{}}}", many.join(",")).as_bytes()).is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        let text = "a\"b\\c\n\u{1}测";
        let mut out = String::new();
        write_text(text, &mut out);
        assert_eq!(Json::parse(out.as_bytes()).unwrap().text(), Some(text));
    }
}
