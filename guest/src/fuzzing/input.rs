//! What a target draws from the fuzzer's bytes.

use std::cell::Cell;

use arbitrary::Unstructured;

use crate::ports::Entropy;

/// Numbers at which something changes: sizes of records and buffers, OSS's limits, and the ends of integers.
const EDGES: [u64; 18] = [
    0,
    1,
    2,
    24,
    127,
    128,
    129,
    1023,
    102_400,
    1 << 20,
    10 << 20,
    5 << 30,
    50_000 << 30,
    (50_000 << 30) + 1,
    1 << 62,
    i64::MAX as u64,
    u64::MAX - 1,
    u64::MAX,
];

/// The bytes, from which values are drawn in order. Beyond their end every value is zero or empty.
pub(crate) struct Input<'a>(Unstructured<'a>);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or_default()
    }

    pub(crate) fn u16(&mut self) -> u16 {
        self.0.arbitrary().unwrap_or_default()
    }

    pub(crate) fn u32(&mut self) -> u32 {
        self.0.arbitrary().unwrap_or_default()
    }

    /// True for one byte in so many.
    pub(crate) fn one_in(&mut self, count: u8) -> bool {
        self.byte().is_multiple_of(count)
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    /// Mostly a number at which something changes.
    pub(crate) fn number(&mut self) -> u64 {
        match self.0.int_in_range(0..=22u8).unwrap_or_default() {
            n if usize::from(n) < EDGES.len() => EDGES[usize::from(n)],
            18 => self.0.arbitrary().unwrap_or_default(),
            19 => self.u32().into(),
            20 => self.u16().into(),
            _ => self.byte().into(),
        }
    }

    /// At most so many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let count = count.min(self.0.len());
        self.0.bytes(count).unwrap_or_default()
    }

    /// At most 255 bytes, made UTF-8.
    pub(crate) fn text(&mut self) -> String {
        let count = self.byte().into();
        String::from_utf8_lossy(self.bytes(count)).into_owned()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}

/// Random numbers that are the same in each run (SplitMix64).
pub(crate) struct Dice(Cell<u64>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }
}

impl Entropy for Dice {
    fn random_u64(&self) -> u64 {
        let mut x = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(x);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^ (x >> 31)
    }
}
