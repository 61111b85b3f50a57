//! Random numbers.

/// Draws random numbers that nobody can foresee.
pub trait Entropy {
    /// Fills a buffer with bytes drawn at random.
    fn fill(&self, buffer: &mut [u8]);
}
