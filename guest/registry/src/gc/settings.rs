//! The settings that registry processes and collectors share.

use super::rule::Rule;
use super::timing::{GRACE, PUBLICATION, SHORTEST_GRACE, SLACK, VIEW};

/// Settings of the garbage collection. All processes of one registry must have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GcSettings {
    grace: u64,
    #[cfg(feature = "gc-mutants")]
    broken: Option<Rule>,
}

/// A grace period that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a grace period of {0} s is too short: set at least {SHORTEST_GRACE} s, so that slow pushes are not disturbed")]
pub struct GraceTooShort(pub u64);

impl Default for GcSettings {
    fn default() -> Self {
        Self {
            grace: GRACE,
            #[cfg(feature = "gc-mutants")]
            broken: None,
        }
    }
}

impl GcSettings {
    /// Creates settings with a grace period in seconds: how long an uploaded or mounted blob is kept without a
    /// manifest.
    ///
    /// # Errors
    /// If the period is shorter than [`SHORTEST_GRACE`].
    pub fn with_grace(grace: u64) -> Result<Self, GraceTooShort> {
        if grace < SHORTEST_GRACE {
            return Err(GraceTooShort(grace));
        }
        Ok(Self {
            grace,
            #[cfg(feature = "gc-mutants")]
            broken: None,
        })
    }

    /// The grace period in seconds.
    pub fn grace(&self) -> u64 {
        self.grace
    }

    /// S, as [`SLACK`].
    pub(crate) fn slack(&self) -> u64 {
        if self.keeps(Rule::SlackCoversDelays) { SLACK } else { 4 }
    }

    /// How many seconds the append of a record is signed to last, and how many of them T1 includes.
    pub(crate) fn publication(&self) -> (u64, u64) {
        if self.keeps(Rule::T1FromPublication) { (PUBLICATION, PUBLICATION) } else { (150, 0) }
    }

    /// The part of W in T1.
    pub(crate) fn view_in_t1(&self) -> u64 {
        if self.keeps(Rule::T1IncludesView) { VIEW } else { 0 }
    }

    /// Whether a rule is kept. It always is, except in tests of the simulation.
    #[cfg(not(feature = "gc-mutants"))]
    pub(crate) fn keeps(&self, _: Rule) -> bool {
        true
    }

    /// Whether a rule is kept.
    #[cfg(feature = "gc-mutants")]
    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    /// Settings that break a rule, for tests of the simulation.
    #[cfg(feature = "gc-mutants")]
    #[must_use]
    pub fn breaking(self, rule: Rule) -> Self {
        Self { broken: Some(rule), ..self }
    }
}
