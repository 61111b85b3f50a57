//! What the process takes. Only Linux says all of it.

use std::time::Duration;

/// The processor time of all threads so far.
#[cfg(target_os = "linux")]
pub(crate) fn processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// The processor time of all threads so far.
#[cfg(not(target_os = "linux"))]
pub(crate) fn processor() -> Duration {
    Duration::ZERO
}

/// The most memory that was resident over the life of the process, in KiB; 0 where the system does not say.
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
