//! Ids that never repeat: of requests, uploads and versions.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids. They look random, and two emulators never make the same.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self { seed: RandomState::new().hash_one("ids"), next: AtomicU64::new(0) }
    }

    /// 24 upper-case hexadecimal digits.
    pub(crate) fn request(&self) -> String {
        let (number, _) = self.pair();
        format!("{:08X}{number:016X}", self.seed as u32)
    }

    /// 32 upper-case hexadecimal digits.
    pub(crate) fn upload(&self) -> String {
        let (number, other) = self.pair();
        format!("{number:016X}{other:016X}")
    }

    /// Such as `CAEQ…`; OSS says no more of it than that it is opaque.
    pub(crate) fn version(&self) -> String {
        let (number, other) = self.pair();
        format!("CAEQ{number:016x}{other:016x}")
    }

    fn pair(&self) -> (u64, u64) {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        (mix(count ^ self.seed), mix(count.wrapping_add(self.seed)))
    }
}

/// 32 upper-case hexadecimal digits that stand for two numbers.
pub(crate) fn scramble(first: u64, second: u64) -> String {
    format!("{:016X}{:016X}", mix(first), mix(second ^ first.rotate_left(32)))
}

/// A bijection of 64 bits (the finaliser of SplitMix64), so that different counts make different ids.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_have_their_form_and_never_repeat() {
        let ids = Ids::new();
        let made: HashSet<String> = (0..10_000).map(|_| ids.request()).collect();
        assert_eq!(made.len(), 10_000);
        assert!(
            made.iter()
                .all(|id| id.len() == 24
                    && id.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)))
        );
        assert_eq!(ids.upload().len(), 32);
        assert!(ids.version().starts_with("CAEQ"));
    }
}
