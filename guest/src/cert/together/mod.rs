//! Values of several keys that are stored as one: all new or all old for whoever loads them together, whatever crashes, and
//! an error where that can't be established.
//!
//! OSS changes one object at a time. So a set has an object of its own, its *index* (`<directory>/.together/<keys>`): the
//! set's id, which each call draws anew, and for each key which value, by its [`Identity`](crate::oss::Identity), the set
//! replaces. Putting the index is the one step by which a set comes to be. What comes before changes nothing that anybody
//! reads, and what comes after may stay undone:
//!
//! 1. of each key, a look at the value that is there, and a listing of the copies that calls left which died;
//! 2. a *copy* of each new value (`<key>/.together/<id>`);
//! 3. the index;
//! 4. each value under its key, with the set's id;
//! 5. the copies go, and those that were listed.
//!
//! Removing is the same with an index that says so, no copies, and at last the index goes.
//!
//! Who loads reads the index first and then the keys. A value that has the set's id is the set's. A value that the index
//! says is replaced stands for the copy below its key. Any other value without an id was stored by itself after the set, for
//! the set replaces what was there before; and a key that has none although it had one was deleted since. Everything else is
//! no set: another id, a copy that is gone although what it replaces is there, an index that changed meanwhile. That is read
//! again a few times, and then an error.
//!
//! Why it stands:
//!
//! * One writer at a time, for writes are made under a lease: what a dead one sent, OSS refuses once another can have the
//!   lock. While anything may still be on its way of an earlier write under the same lease, no set is stored or removed.
//! * A copy is below its key, so that deleting the key removes the copy as well, in the same two requests as always. A key
//!   that was new, and was deleted before its value was there, stays deleted. Of a directory the indexes go last: without
//!   its index, what a set that was broken off replaces would stand again.
//! * A copy that is gone says nothing of a key that was read before. The key is read once more.
//! * A value that is sealed anew keeps its identity. If that overtakes a set, the older value shows as what the set replaces,
//!   or as older than the index, with an allowance for OSS's clocks. It can overtake only a set of the last moments, so a
//!   value that is sealed anew later is taken for what it is, whenever it was stored.
//!
//! Ids and indexes are not sealed: they hold no secret, and whoever can write to the bucket can also put old objects back.

mod index;
mod load;
mod members;
mod rule;
mod store;

pub use members::MAX_TOGETHER;
pub(super) use members::{is_index, is_reserved};
pub use rule::SetRule;
