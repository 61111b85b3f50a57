//! Options of locks, of what was given.

use super::problem::Problem;
use ossicle::{InterlockOptions, LockOptions};
use ossicle_terms::{Field, Given, Origin};
use serde::Deserialize;
use serde::de::value::{Error as ValueError, MapDeserializer};

/// The options, by the library's own reading, one by one so that each knows its origin.
pub fn read(given: &Given) -> Result<LockOptions, Problem> {
    let mut locks = LockOptions::new();
    locks.folder = given.get(Field::LockFolder).map(|value| value.text.clone());
    for (field, put) in [
        (Field::LockLease, (|all, one| all.lease = one.lease) as fn(&mut LockOptions, LockOptions)),
        (Field::LockPollMin, |all, one| all.poll_min = one.poll_min),
        (Field::LockPollMax, |all, one| all.poll_max = one.poll_max),
    ] {
        if let Some(one) = one::<LockOptions>(given, field, "locks.")? {
            put(&mut locks, one);
        }
    }
    // A command line says when it turns the interlock on; a file does so with the table.
    if let Some(settle) = given.get(Field::InterlockSettle)
        && matches!(settle.origin, Origin::Flag(_))
        && given.get(Field::InterlockExpiration).is_none()
    {
        let reason = "is of use with --lock-interlock-expiration alone";
        return Err(Problem::of(Field::InterlockSettle, reason).given_by(settle.origin.clone()));
    }
    for (field, put) in [
        (
            Field::InterlockExpiration,
            (|all, one| all.expiration = one.expiration) as fn(&mut InterlockOptions, InterlockOptions),
        ),
        (Field::InterlockSettle, |all, one| all.settle = one.settle),
    ] {
        if let Some(one) = one::<InterlockOptions>(given, field, "locks.interlock.")? {
            put(locks.interlock.get_or_insert_default(), one);
        }
    }
    Ok(locks)
}

/// Options of which only this one is given.
fn one<'de, T: Deserialize<'de>>(given: &'de Given, field: Field, table: &str) -> Result<Option<T>, Problem> {
    let Some(value) = given.get(field) else { return Ok(None) };
    let entries = std::iter::once((field.name().trim_start_matches(table), value.text.as_str()));
    let read = T::deserialize(MapDeserializer::<_, ValueError>::new(entries));
    read.map(Some).map_err(|error| Problem::of(field, error.to_string()).given_by(value.origin.clone()))
}
