//! Options of locks, of what was given.

use super::problem::Problem;
use super::reading;
use ossicle::{InterlockOptions, LockOptions};
use ossicle_terms::{Field, Given, Origin};

/// The options, one by one so that each knows its origin.
pub fn read(given: &Given) -> Result<LockOptions, Problem> {
    let mut locks = LockOptions::new();
    locks.folder = given.get(Field::LockFolder).map(|value| value.text.clone());
    for (field, put) in [
        (Field::LockLease, (|all, one| all.lease = one.lease) as fn(&mut LockOptions, LockOptions)),
        (Field::LockPollMin, |all, one| all.poll_min = one.poll_min),
        (Field::LockPollMax, |all, one| all.poll_max = one.poll_max),
    ] {
        if let Some(one) = reading::options::<LockOptions>(given, &[field])? {
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
        if let Some(one) = reading::options::<InterlockOptions>(given, &[field])? {
            put(locks.interlock.get_or_insert_default(), one);
        }
    }
    Ok(locks)
}
