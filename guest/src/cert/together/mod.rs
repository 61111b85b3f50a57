//! Stores values of several keys as one: a caller that loads them together gets all new or all old values, whatever
//! crashes, or an error if that can't be established.
//!
//! OSS changes one object at a time. So a set has an object of its own, its *index* (`<directory>/.together/<keys>`).
//! It contains the set's id, which each call draws anew, and for each key the [`Identity`](crate::oss::Identity) of the
//! value that the set replaces. Writing the index is the single step by which a set comes to exist. The steps before it
//! change nothing that anybody reads, and the steps after it may remain undone:
//!
//! 1. read the present value of each key, and list the copies that were left by calls that crashed;
//! 2. write a *copy* of each new value (`<key>/.together/<id>`);
//! 3. write the index;
//! 4. write each value under its key, with the set's id;
//! 5. remove the copies, and those that were listed.
//!
//! Removing works in the same way, with an index that says so and without copies; its last step removes the index.
//!
//! Loading reads the index first and then the keys. A value with the set's id belongs to the set. A value that is
//! replaced according to the index stands for the copy below its key. Any other value without an id was stored
//! separately after the set, because the set replaces whatever existed before; and a key without a value that had one
//! was deleted since. Everything else can't be shown to be a set: another id, a missing copy although the value that it
//! replaces exists, or an index that changed meanwhile. This is read again a few times, and then it is an error.
//!
//! Why this is correct:
//!
//! * There is one writer at a time, because writes are made under a lease: OSS rejects the requests of a dead writer
//!   once another one can have the lock. While an earlier write under the same lease may still be in flight, no set is
//!   stored or removed.
//! * A copy is below its key, so deleting the key removes the copy as well, in the same two requests as always. A key
//!   that was new, and was deleted before its value was written, stays deleted. When a directory is deleted, the
//!   indexes are removed last: without its index, the values that an interrupted set replaces would be valid again.
//! * A missing copy says nothing about a key that was read before. The key is read once more.
//! * A value that is re-encrypted keeps its identity. If that overtakes a set, the older value is recognised as one
//!   that the set replaces, or as older than the index, with an allowance for OSS's clocks. It can overtake only a very
//!   recent set, so a value that is re-encrypted later is valid, whenever it was stored.
//!
//! Ids and indexes are not encrypted: they contain no secret, and anyone who can write to the bucket can also restore
//! old objects.

mod index;
mod load;
mod members;
mod rule;
mod store;

pub use members::MAX_TOGETHER;
pub(super) use members::{is_index, is_reserved};
pub use rule::SetRule;
