//! The rules that keep sets consistent, including those whose absence would rarely show. Tests break each of them, one
//! at a time, to prove that the simulation notices; only the feature `lock-mutants`, which only tests enable, makes
//! that possible.

use std::future::Future;

use futures_util::future::try_join;

use crate::cert::storage::Storage;
use crate::error::Error;
use crate::ports::Ports;

/// A rule that one of the mutants S1 to S17 breaks. That no set is changed beside another write is a rule of the lock, M16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetRule {
    /// S1: the index is written only after all copies.
    CopiesFirst,
    /// S2: values are written, or removed, only after the index.
    IndexFirst,
    /// S3: copies are removed only after all values are written under their keys.
    CopiesGoLast,
    /// S4: the index of a removed set is removed only after its values.
    IndexGoesLast,
    /// S5: when a directory is deleted, the indexes are removed last.
    DirectoryKeepsIndex,
    /// S6: below a key, a set removes only objects with the name of a copy.
    OnlyCopiesGo,
    /// S7: a copy stands for exactly the value that its set replaces.
    OnlyReplacedIsCopied,
    /// S8: a value of another set is not taken for one that was stored separately.
    OtherSetsDiffer,
    /// S9: neither is a value of a set whose index is gone.
    SetsHaveAnIndex,
    /// S10: the index is read before the keys.
    IndexIsReadFirst,
    /// S11: the index is read once more after the keys.
    IndexIsReadAgain,
    /// S12: a key whose copy is gone is read once more.
    GoneIsReadAgain,
    /// S13: which copies are gone is forgotten when the index changes.
    GoneIsForgotten,
    /// S14: a value that is re-encrypted keeps its identity.
    IdentityIsKept,
    /// S15: a re-encrypted value replaces only the value that was read, which the ETag alone does not identify.
    IdentityIsCompared,
    /// S16: a value that may have come back by re-encryption is not taken for one that was stored separately.
    CameBack,
    /// S17: this is decided with an allowance for differences between the clocks of OSS's servers.
    ClocksDiffer,
}

impl<P: Ports> Storage<P> {
    /// Whether a rule is followed: always, except in tests of the simulation.
    #[cfg(not(feature = "lock-mutants"))]
    pub(in crate::cert) fn keeps(&self, _: SetRule) -> bool {
        true
    }

    /// Whether a rule is followed.
    #[cfg(feature = "lock-mutants")]
    pub(in crate::cert) fn keeps(&self, rule: SetRule) -> bool {
        self.broken != Some(rule)
    }

    /// A storage that breaks a rule, for tests of the simulation.
    #[cfg(feature = "lock-mutants")]
    #[must_use]
    pub fn breaking(self, rule: SetRule) -> Self {
        Self { broken: Some(rule), ..self }
    }

    /// Runs two steps, the second one after the first if the rule is followed.
    pub(super) async fn in_turn(
        &self,
        rule: SetRule,
        first: impl Future<Output = Result<(), Error>>,
        second: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Error> {
        if self.keeps(rule) {
            first.await?;
            second.await
        } else {
            try_join(first, second).await.map(drop)
        }
    }
}
