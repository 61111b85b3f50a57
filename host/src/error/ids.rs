//! By what a call is found again: in the caller's own records, in this process's log, and at OSS.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longer ones are no ids: OSS's have 24 characters, a UUID has 36, and what services make of several is below this.
const LONGEST: usize = 128;

/// An id that the caller gives to what it does, such as the id of a request that it serves itself, so that its calls are found
/// by it in logs, spans and errors: see [`Tenant::with_request_id`](crate::Tenant::with_request_id). 1 to 128 visible ASCII
/// characters, so that it can't forge a line of a log. It is not sent to OSS.
///
/// ```
/// let id: ossicle::RequestId = "0b9d8e9e-6cb0-4c1c-8a0a-7c4e5c2f2d11".parse().unwrap();
/// assert_eq!(id.to_string(), "0b9d8e9e-6cb0-4c1c-8a0a-7c4e5c2f2d11");
/// assert!("two\nlines".parse::<ossicle::RequestId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Arc<str>);

/// A text is no request id: it must be 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request id is 1 to {LONGEST} visible ASCII characters")]
#[non_exhaustive]
pub struct InvalidRequestId;

impl RequestId {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        let is_one = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_one { Ok(Self(text.into())) } else { Err(InvalidRequestId) }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// By what a call that failed is found again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallIds {
    /// The call's number in this process's log and spans; 0 where the failure is of no call.
    pub call: u64,
    /// The id that the caller gave it.
    pub request: Option<RequestId>,
    /// OSS's id of the call's last request that was answered: whether or not that is what the call failed by.
    pub oss_request: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_one_visible_word() {
        for good in ["a", "5C3D9175B6FC201293AD4F8A", "a/b:c;d=\"e\"", &"x".repeat(LONGEST)] {
            assert_eq!(good.parse::<RequestId>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "\u{1b}[2J", "ä", &"x".repeat(LONGEST + 1)] {
            assert_eq!(bad.parse::<RequestId>(), Err(InvalidRequestId), "{bad:?}");
        }
    }
}
