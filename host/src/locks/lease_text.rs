//! Leases as text, for holders that keep theirs outside of this process.

use super::lease::Lease;
use crate::wit::lock as wit;
use ossicle_lease::{InterlockMark, LeaseMark, LeaseRecord, Window};

impl Lease {
    /// All of it as one word of `A-Z`, `a-z`, `0-9`, `-` and `_`, from which [`Lease::from_text`] makes it again: in this
    /// process or in another one, for the same bucket.
    ///
    /// Whoever has the text can renew and release the lease.
    pub fn to_text(&self) -> String {
        let wit::Lease { name, owner, token, taken_over, time_left: _, deadline: _, renew_every, window, mark } =
            self.to_wit();
        let wit::LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock } = mark;
        let interlock =
            interlock.map(|wit::InterlockMark { length, crc64, since }| InterlockMark { length, crc64, since });
        let record = LeaseRecord {
            name,
            owner,
            token,
            is_taken_over: taken_over,
            renew_every,
            window: window.map(|window| Window { since: window.since, until: window.until }),
            mark: LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock },
        };
        record.to_text()
    }

    /// Reads a text that [`Lease::to_text`] made; none where it is no such text.
    ///
    /// For how long its holder may trust it is not in the text, since every process has a clock of its own:
    /// [`Lease::time_left`] is 0 until it is renewed. Its [window](Lease::window) is OSS's time, and holds.
    pub fn from_text(text: &str) -> Option<Self> {
        let LeaseRecord { name, owner, token, is_taken_over, renew_every, window, mark } =
            LeaseRecord::from_text(text)?;
        let LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock } = mark;
        let interlock =
            interlock.map(|InterlockMark { length, crc64, since }| wit::InterlockMark { length, crc64, since });
        let record = wit::Lease {
            name,
            owner,
            token,
            taken_over: is_taken_over,
            time_left: 0,
            deadline: 0,
            renew_every,
            window: window.map(|window| wit::Window { since: window.since, until: window.until }),
            mark: wit::LeaseMark { ttl, acquired, nonce, length, crc64, previous, since, interlock },
        };
        Some(record.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_lease_but_for_the_time_of_this_process() {
        let window = wit::Window { since: 11, until: 12 };
        let interlock = wit::InterlockMark { length: 13, crc64: 14, since: 15 };
        for (window, interlock) in [(None, None), (Some(window), Some(interlock))] {
            let mark = wit::LeaseMark {
                ttl: u32::MAX,
                acquired: 1,
                nonce: u64::MAX,
                length: 3,
                crc64: 4,
                previous: 5,
                since: 6,
                interlock,
            };
            let lease = Lease::from(wit::Lease {
                name: "nightly/ä".to_owned(),
                owner: "0".repeat(24),
                token: 7,
                taken_over: true,
                time_left: 8,
                deadline: 9,
                renew_every: 10,
                window,
                mark,
            });
            let mut expected = lease.to_wit();
            (expected.time_left, expected.deadline) = (0, 0);
            let read = Lease::from_text(&lease.to_text()).unwrap();
            assert_eq!(format!("{:?}", read.to_wit()), format!("{expected:?}"));
            assert!(!read.is_held());
        }
        assert!(Lease::from_text("no lease").is_none());
    }
}
