//! Folding: a long run of bytes is made into a short one of the same CRC-64 without a table.
//!
//! Bytes are a polynomial over two elements, and adding a multiple of CRC-64's own polynomial changes no CRC-64. [`LAGS`]
//! describes a multiple of eight terms: each byte in its turn is added to the seven bytes that come so much later, and then
//! is gone. So a vector of 16 bytes takes seven loads and additions, where tables take 16 lookups. WebAssembly has no
//! multiplication without carries, by which native code does the same in one step; folding comes nearer to it.
//!
//! (After S. Russell, "Chorba: A novel CRC32 implementation", arXiv 2412.16398, which found such multiples for CRC-32.)

use std::iter::once;

use zeroize::Zeroizing;

use super::vector::{LENGTH, add};

/// How many bytes are folded in one step. No lag is shorter, so none of a step's bytes is added to another of them.
const STEP: usize = 512;

/// How much later the bytes are that each byte is added to, in ascending order.
///
/// x^(8·7th) + x^(8·(7th − 1st)) + … + x^(8·(7th − 6th)) + 1 is a multiple of the polynomial. There is none of fewer terms
/// within 16 KiB to expect, and of those of eight terms few end within 4 KiB: this one was found by trying sums of pairs.
const LAGS: [usize; 7] = [980, 1457, 2109, 3041, 3054, 3487, 3553];

/// How many steps after the last folded byte something is still added to.
const REACH: usize = LAGS[6].div_ceil(STEP);

/// How many steps are folded before the last [`REACH`] of them are moved back to the beginning of the window: the window and
/// what is read stay in a processor's first cache, which has 32 KiB.
const AHEAD: usize = 16;

/// Shorter runs are left to the tables. Of a longer one the last 4 KiB go through them as well.
const LEAST: usize = 4 * REACH;

type Step = [u8; STEP];

/// Room in words of 16 bytes. The folded bytes may be a secret value, so all that is made of them is wiped, and `zeroize` writes
/// element by element: of single bytes that would take more than a third of the time that 64 KiB take in all.
struct Wiped<const WORDS: usize>(Zeroizing<[u128; WORDS]>);

impl<const WORDS: usize> Wiped<WORDS> {
    fn new() -> Self {
        Self(Zeroizing::new([0; WORDS]))
    }

    fn bytes(&mut self) -> &mut [u8] {
        bytemuck::must_cast_slice_mut(self.0.as_mut_slice())
    }
}

/// How many words a step has.
const WORDS: usize = STEP / size_of::<u128>();

/// What folded bytes become.
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

/// Folds as much of the bytes as pays, into bytes whose CRC-64 from a register of 0 on is that of the folded ones from this
/// register on. Returns the bytes that come after those; nothing when there are too few to fold.
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

    // What was folded, as it was when its turn came.
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

    // The last bytes stay: what comes before them is added, but they are added to nothing.
    end = to_beginning(window, end);
    window.get_mut(end..)?.fill(0);
    for (from, to) in last.iter().zip(left.bytes().as_chunks_mut().0) {
        step(window.get(..end)?, from, to)?;
        end += STEP;
    }
    Some(rest)
}

/// Moves the last [`REACH`] steps before this end to the beginning, and returns where they end there.
fn to_beginning(window: &mut [u8], end: usize) -> usize {
    window.copy_within(end.saturating_sub(REACH * STEP)..end, 0);
    REACH * STEP
}

/// A step's bytes with all those added that are as much earlier as the lags say.
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
