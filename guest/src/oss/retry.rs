//! The pause before a request is sent again: exponential backoff with full jitter, as in OSS's SDKs (base 200 ms, cap
//! 20 s), at least as long as OSS asks with `Retry-After`, and never beyond the operation's time.

use std::time::Duration;

const BASE: Duration = Duration::from_millis(200);
const CAP: Duration = Duration::from_secs(20);

/// The pause after the n-th failed attempt (from 1).
pub(crate) fn pause(attempt: u8, random: u64, retry_after: Option<Duration>) -> Duration {
    let doublings = u32::from(attempt.saturating_sub(1)).min(16);
    let ceiling = BASE.saturating_mul(1 << doublings).min(CAP);
    let nanos = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
    // The bias of the remainder is below 2^-29 here.
    let jitter = Duration::from_nanos(random.checked_rem(nanos).unwrap_or(0));
    jitter.max(retry_after.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn within_bounds(attempt: u8, random: u64) {
            let ceiling = BASE * 2u32.pow(u32::from(attempt.clamp(1, 8)) - 1);
            prop_assert!(pause(attempt, random, None) < ceiling.min(CAP));
            let asked = Duration::from_secs(30);
            prop_assert_eq!(pause(attempt, random, Some(asked)), asked);
        }
    }

    #[test]
    fn uses_the_whole_span() {
        assert_eq!(pause(1, 0, None), Duration::ZERO);
        assert_eq!(pause(1, 199_999_999, None), Duration::from_nanos(199_999_999));
        assert_eq!(pause(2, 399_999_999, None), Duration::from_nanos(399_999_999));
        assert_eq!(pause(200, 19_999_999_999, None), Duration::from_nanos(19_999_999_999));
    }
}
