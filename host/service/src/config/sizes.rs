//! How much memory the uploads of a registry take.

use std::time::Duration;

use ossicle::{BlobOptions, Limits};

/// Parts of one upload that are sent at once. Two keep a connection busy; each more is another part that every upload holds
/// in memory.
const PARTS_IN_FLIGHT: u8 = 2;
/// The component's default, which is upstream's.
const PART_SIZE: u64 = 10 << 20;
/// The largest object that one request copies, the most that there is: a layer that came in pieces goes to its place by one
/// request, since OSS copies within a bucket without moving bytes.
const COPY_THRESHOLD: u64 = (1 << 30) - 1;
/// The least memory of an instance: seven uploads with the usual parts.
const MEMORY: u64 = 256 << 20;
/// The most that an instance of WebAssembly has.
const MOST_MEMORY: u64 = 4 << 30;
/// How long a client may bring nothing, or take nothing.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);

/// How large the parts of uploads are, and how many of one are sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// In bytes.
    pub part: u64,
    /// How many.
    pub in_flight: u8,
}

impl Sizes {
    /// Those of options, which get a registry's defaults where they leave something out.
    pub fn of(options: &mut BlobOptions) -> Self {
        options.copy_threshold.get_or_insert(COPY_THRESHOLD);
        Self {
            part: *options.part_size.get_or_insert(PART_SIZE),
            in_flight: *options.parts_in_flight.get_or_insert(PARTS_IN_FLIGHT),
        }
    }

    /// The limits of a tenant with such uploads: the usual memory, or that of two uploads where these need more.
    pub fn limits(self) -> Limits {
        let largest = self.part.saturating_mul(u64::from(self.in_flight) + 1);
        let memory = largest.saturating_mul(2).clamp(MEMORY, MOST_MEMORY);
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let mut limits = Limits::default().memory(memory).caller_timeout(CLIENT_TIMEOUT);
        limits.hostcall_bytes = memory;
        limits
    }

    /// How many bytes uploads may hold within such limits: an eighth is the short calls'.
    pub fn upload_bytes(limits: &Limits) -> u64 {
        let memory = limits.memory as u64;
        memory - memory / 8
    }
}
