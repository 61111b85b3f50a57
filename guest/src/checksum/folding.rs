//! Folding: reduces a long run of bytes to a short one with the same CRC-64, without a table.
//!
//! Bytes are a polynomial over the field with two elements, and adding a multiple of CRC-64's own polynomial changes no
//! CRC-64. [`LAGS`] describes a multiple with eight terms: each byte is added to the seven bytes at these distances
//! behind it, and is then no longer needed. So a vector of 16 bytes takes seven loads and additions, while tables take
//! 16 lookups. WebAssembly has no carry-less multiplication, with which native code does the same in one step; folding
//! comes closer to that speed.
//!
//! (After S. Russell, "Chorba: A novel CRC32 implementation", arXiv 2412.16398, which found such multiples for CRC-32.)

use std::iter::once;

use zeroize::Zeroizing;

use super::vector::{LENGTH, add};

/// The bytes that are folded in one step. No lag is shorter, so no byte of a step is added to another one of it.
const STEP: usize = 512;

/// The distances to the bytes that each byte is added to, in ascending order.
///
/// x^(8·7th) + x^(8·(7th − 1st)) + … + x^(8·(7th − 6th)) + 1 is a multiple of the polynomial. Multiples with fewer
/// terms are not to be expected within 16 KiB, and few with eight terms end within 4 KiB: this one was found by trying
/// sums of pairs.
const LAGS: [usize; 7] = [980, 1457, 2109, 3041, 3054, 3487, 3553];

/// How many steps after the last folded byte are changed by it.
const REACH: usize = LAGS[6].div_ceil(STEP);

/// How many steps are folded before the last [`REACH`] of them are moved back to the beginning of the window. The
/// window and the input then fit into a processor's first-level cache of 32 KiB.
const AHEAD: usize = 16;

/// The shortest input that is folded; shorter ones are left to the tables, and so are the last 4 KiB of longer ones.
const LEAST: usize = 4 * REACH;

type Step = [u8; STEP];

/// A buffer of 16-byte words. The folded bytes may be a secret value, so everything derived from them is wiped.
/// `zeroize` writes element by element, and with single bytes that would take more than a third of the time for 64 KiB.
struct Wiped<const WORDS: usize>(Zeroizing<[u128; WORDS]>);

impl<const WORDS: usize> Wiped<WORDS> {
    fn new() -> Self {
        Self(Zeroizing::new([0; WORDS]))
    }

    fn bytes(&mut self) -> &mut [u8] {
        bytemuck::must_cast_slice_mut(self.0.as_mut_slice())
    }
}

/// The number of words in a step.
const WORDS: usize = STEP / size_of::<u128>();

/// The result of folding.
pub(super) struct Folded(Wiped<{ REACH * WORDS }>);

impl Folded {
    pub(super) fn new() -> Self {
        Self(Wiped::new())
    }

    pub(super) fn bytes(&mut self) -> &mut [u8] {
        self.0.bytes()
    }
}

/// Whether there are enough bytes to fold.
pub(super) fn pays(bytes: &[u8]) -> bool {
    bytes.len() >= LEAST * STEP
}

/// Folds as many bytes as are worth it. The CRC-64 of the result, from a register of 0, is that of the folded bytes
/// from this register. Returns the bytes after those; `None` if there are too few to fold.
pub(super) fn fold<'a>(register: u64, bytes: &'a [u8], left: &mut Folded) -> Option<&'a [u8]> {
    const { assert!(LAGS[0] >= STEP && REACH <= AHEAD) };
    let (steps, rest) = bytes.as_chunks::<STEP>();
    if !pays(bytes) {
        return None;
    }
    let (folded, last) = steps.split_at_checked(steps.len() - REACH)?;
    let mut first = Wiped::<WORDS>::new();
    first.bytes().copy_from_slice(folded.first()?);
    first.bytes().iter_mut().zip(register.to_le_bytes()).for_each(|(byte, of_register)| *byte ^= of_register);

    // The steps with everything that was added to them before they were folded.
    let mut window = Wiped::<{ (REACH + AHEAD) * WORDS }>::new();
    let window = window.bytes();
    let mut end = REACH * STEP;
    for from in once(&*first.bytes().first_chunk_mut()?).chain(folded.iter().skip(1)) {
        if end == window.len() {
            end = to_beginning(window, end);
        }
        let (before, to) = window.split_at_mut(end);
        step(before, from, to.first_chunk_mut()?)?;
        end += STEP;
    }

    // The last bytes are not folded: earlier bytes are added to them, but they are added to nothing.
    end = to_beginning(window, end);
    window.get_mut(end..)?.fill(0);
    for (from, to) in last.iter().zip(left.bytes().as_chunks_mut().0) {
        step(window.get(..end)?, from, to)?;
        end += STEP;
    }
    Some(rest)
}

/// Moves the last [`REACH`] steps before this end to the beginning, and returns their new end.
fn to_beginning(window: &mut [u8], end: usize) -> usize {
    window.copy_within(end.saturating_sub(REACH * STEP)..end, 0);
    REACH * STEP
}

/// Computes a step's bytes: those of the input plus all earlier ones at the distances of the lags.
#[allow(clippy::indexing_slicing, reason = "each of the arrays has as many vectors as a step")]
fn step(before: &[u8], from: &Step, to: &mut Step) -> Option<()> {
    let lagging = |lag: usize| vectors(before.get(before.len().checked_sub(lag)?..)?.first_chunk()?);
    let [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f), Some(g)] = LAGS.map(lagging) else { return None };
    let from = vectors(from)?;
    for (at, to) in to.as_chunks_mut::<LENGTH>().0.iter_mut().enumerate() {
        let sum = add(add(add(from[at], a[at]), b[at]), c[at]);
        *to = add(add(add(add(sum, d[at]), e[at]), f[at]), g[at]);
    }
    Some(())
}

fn vectors(step: &Step) -> Option<&[[u8; LENGTH]; STEP / LENGTH]> {
    step.as_chunks().0.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::polynomial::power;

    #[test]
    fn the_lags_make_a_multiple_of_the_polynomial() {
        let last = LAGS[6] as u64;
        let sum = LAGS.iter().fold(power(last), |sum, lag| sum ^ power(last - *lag as u64));
        assert_eq!(sum, 0);
        assert!(LAGS.is_sorted());
    }

    #[test]
    fn what_is_too_short_is_not_folded() {
        let mut left = Folded::new();
        assert!(fold(0, &[1; LEAST * STEP - 1], &mut left).is_none());
        assert_eq!(fold(0, &[0; LEAST * STEP + 3], &mut left), Some(&[0; 3][..]));
        assert_eq!(left.bytes(), [0; REACH * STEP]);
    }
}
