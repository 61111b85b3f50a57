//! `x-oss-traffic-limit`: how fast one request may be. (OSS documentation: *Single-connection bandwidth throttling*.)

use std::time::Duration;

use crate::call::Call;
use crate::failures::Failure;

/// The parameter, a header or a part of the URL.
const LIMIT: &str = "x-oss-traffic-limit";

/// The bytes a second of a request, if it limits them: 30 KB/s to 100 MB/s, said in bits.
pub(crate) fn limit(call: &Call) -> Result<Option<u64>, Failure> {
    let Some(text) = call.header(LIMIT).or_else(|| call.query.get(LIMIT)) else { return Ok(None) };
    let bits: Option<u64> = text.parse().ok();
    match bits.filter(|bits| (245_760..=838_860_800).contains(bits)) {
        Some(bits) => Ok(Some(bits / 8)),
        None => Err(Failure::argument("The traffic limit is not valid.", "", LIMIT, text)),
    }
}

/// Twenty pieces a second: smooth enough, and few timers.
const PACE: Duration = Duration::from_millis(50);

/// The size of a piece and the pause before each, which keep to so many bytes a second.
pub(crate) fn trickle(bytes_a_second: u64) -> (u64, Duration) {
    ((bytes_a_second / 20).max(1), PACE)
}
