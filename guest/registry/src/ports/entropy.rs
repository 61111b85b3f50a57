//! Random numbers.

/// A source of random numbers that nobody can predict.
pub trait Entropy {
    /// Fills a buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}
