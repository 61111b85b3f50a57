//! Leases as text, for holders that keep theirs outside of this process.

use super::lease::Lease;
use crate::wit::lock as wit;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a text begins with: another layout would have another.
const LAYOUT: u8 = 1;

impl Lease {
    /// All of it as one word of `A-Z`, `a-z`, `0-9`, `-` and `_`, from which [`Lease::from_text`] makes it again: in this
    /// process or in another one, for the same bucket.
    ///
    /// Whoever has the text can renew and release the lease.
    pub fn to_text(&self) -> String {
        let wit::Lease { name, owner, token, taken_over, time_left: _, deadline: _, renew_every, window, mark } =
            self.to_wit();
        let mut bytes = vec![LAYOUT];
        put_string(&mut bytes, &name);
        put_string(&mut bytes, &owner);
        put(&mut bytes, token);
        bytes.push(u8::from(taken_over));
        put(&mut bytes, renew_every);
        put_option(&mut bytes, window, |bytes, window| {
            put(bytes, window.since);
            put(bytes, window.until);
        });
        put(&mut bytes, mark.ttl.into());
        for number in [mark.acquired, mark.nonce, mark.length, mark.crc64] {
            put(&mut bytes, number);
        }
        put(&mut bytes, mark.previous.into());
        put(&mut bytes, mark.since);
        put_option(&mut bytes, mark.interlock, |bytes, interlock| {
            for number in [interlock.length, interlock.crc64, interlock.since] {
                put(bytes, number);
            }
        });
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text that [`Lease::to_text`] made; none where it is no such text.
    ///
    /// For how long its holder may trust it is not in the text, since every process has a clock of its own:
    /// [`Lease::time_left`] is 0 until it is renewed. Its [window](Lease::window) is OSS's time, and holds.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut rest = bytes.strip_prefix(&[LAYOUT])?;
        let rest = &mut rest;
        let record = wit::Lease {
            name: take_string(rest)?,
            owner: take_string(rest)?,
            token: take(rest)?,
            taken_over: take_bool(rest)?,
            time_left: 0,
            deadline: 0,
            renew_every: take(rest)?,
            window: take_option(rest, |rest| Some(wit::Window { since: take(rest)?, until: take(rest)? }))?,
            mark: wit::LeaseMark {
                ttl: take(rest)?.try_into().ok()?,
                acquired: take(rest)?,
                nonce: take(rest)?,
                length: take(rest)?,
                crc64: take(rest)?,
                previous: take(rest)?.try_into().ok()?,
                since: take(rest)?,
                interlock: take_option(rest, |rest| {
                    Some(wit::InterlockMark { length: take(rest)?, crc64: take(rest)?, since: take(rest)? })
                })?,
            },
        };
        rest.is_empty().then(|| record.into())
    }
}

fn put(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_be_bytes());
}

fn put_string(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}

fn put_option<T>(bytes: &mut Vec<u8>, value: Option<T>, put_value: impl FnOnce(&mut Vec<u8>, T)) {
    bytes.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put_value(bytes, value);
    }
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u64::from_be_bytes(*number))
}

fn take_bool(rest: &mut &[u8]) -> Option<bool> {
    let (&[byte], after) = rest.split_first_chunk()?;
    *rest = after;
    match byte {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn take_string(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

/// `None` where it is no option, `Some(None)` where it is an empty one.
fn take_option<T>(rest: &mut &[u8], take_value: impl FnOnce(&mut &[u8]) -> Option<T>) -> Option<Option<T>> {
    match take_bool(rest)? {
        false => Some(None),
        true => take_value(rest).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(window: Option<wit::Window>, interlock: Option<wit::InterlockMark>) -> Lease {
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
        Lease::from(wit::Lease {
            name: "nightly/ä".to_owned(),
            owner: "0".repeat(24),
            token: 7,
            taken_over: true,
            time_left: 8,
            deadline: 9,
            renew_every: 10,
            window,
            mark,
        })
    }

    #[test]
    fn text_is_the_lease_but_for_the_time_of_this_process() {
        let window = wit::Window { since: 11, until: 12 };
        let interlock = wit::InterlockMark { length: 13, crc64: 14, since: 15 };
        for lease in [lease(None, None), lease(Some(window), Some(interlock))] {
            let text = lease.to_text();
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{text}");
            let mut expected = lease.to_wit();
            (expected.time_left, expected.deadline) = (0, 0);
            let read = Lease::from_text(&text).unwrap();
            assert_eq!(format!("{:?}", read.to_wit()), format!("{expected:?}"));
            assert!(!read.is_held());
        }
    }

    #[test]
    fn what_is_cut_or_longer_or_of_another_layout_is_no_lease() {
        let text = lease(None, None).to_text();
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for length in 0..bytes.len() {
            assert!(Lease::from_text(&URL_SAFE_NO_PAD.encode(&bytes[..length])).is_none(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Lease::from_text(&URL_SAFE_NO_PAD.encode(longer)).is_none());
        let mut other = bytes.clone();
        other[0] = 2;
        assert!(Lease::from_text(&URL_SAFE_NO_PAD.encode(other)).is_none());
        // A length beyond all memory.
        let mut huge = bytes;
        huge[1..9].fill(0xFF);
        assert!(Lease::from_text(&URL_SAFE_NO_PAD.encode(huge)).is_none());
        assert!(Lease::from_text("no lease").is_none());
    }
}
