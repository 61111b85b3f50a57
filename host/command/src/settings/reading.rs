//! What was given as the library reads it, field by field, so that what is wrong has its origin.

use super::problem::Problem;
use ossicle_terms::{Field, Given, Value};
use serde::Deserialize;
use serde::de::value::Error;
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::fmt::Display;
use toml::{Table, Value as TomlValue};

/// A word.
pub fn word<'de, T: Deserialize<'de>>(field: Field, value: &'de Value) -> Result<T, Problem> {
    let read = T::deserialize(IntoDeserializer::<Error>::into_deserializer(value.text.as_str()));
    read.map_err(|error| refused(field, value, &error))
}

/// A table of a file in which only these fields are, as far as they are given; nothing where the last one is not. What is wrong
/// is told of that one.
pub fn options<T: DeserializeOwned>(given: &Given, fields: &[Field]) -> Result<Option<T>, Problem> {
    let last = fields.last().and_then(|field| Some((*field, given.get(*field)?)));
    let Some((field, value)) = last else { return Ok(None) };
    let entries = fields.iter().filter_map(|field| {
        let name = field.name().rsplit_once('.').map_or(field.name(), |(_, name)| name);
        Some((name.to_owned(), TomlValue::String(given.get(*field)?.text.clone())))
    });
    let read = entries.collect::<Table>().try_into();
    read.map(Some).map_err(|error| refused(field, value, &error.message()))
}

fn refused(field: Field, value: &Value, reason: &dyn Display) -> Problem {
    Problem::of(field, reason.to_string()).given_by(value.origin.clone())
}
