//! The rules that keep sets whole although nobody would miss them on a good day. Tests break each of them, one at a time, to
//! show that the simulation notices; only the feature `lock-mutants`, which nothing but tests turns on, makes that possible.

use std::future::Future;

use futures_util::future::try_join;

use crate::cert::storage::Storage;
use crate::error::Error;
use crate::ports::Ports;

/// A rule that one of the mutants S1 to S17 breaks. That no set is changed beside another write is a rule of the lock, M16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetRule {
    /// S1: the index is put only when all copies are there.
    CopiesFirst,
    /// S2: values are put, or removed, only when the index is there.
    IndexFirst,
    /// S3: copies go only when all values are in their places.
    CopiesGoLast,
    /// S4: the index of a set that is removed goes only when its values are gone.
    IndexGoesLast,
    /// S5: of a directory that is deleted the indexes go last.
    DirectoryKeepsIndex,
    /// S6: of what is below a key a set removes only what is named as a copy.
    OnlyCopiesGo,
    /// S7: a copy stands in for exactly what its set replaces.
    OnlyReplacedIsCopied,
    /// S8: a value of another set is not taken for one that was stored by itself.
    OtherSetsDiffer,
    /// S9: nor is a value of a set whose index is gone.
    SetsHaveAnIndex,
    /// S10: the index by which keys are judged is read before them.
    IndexIsReadFirst,
    /// S11: and once more after them.
    IndexIsReadAgain,
    /// S12: a key whose copy is gone is read once more.
    GoneIsReadAgain,
    /// S13: which copies are gone is forgotten with their index.
    GoneIsForgotten,
    /// S14: a value that is sealed anew keeps its identity.
    IdentityIsKept,
    /// S15: it is put back only in the place of the value that was read, of which the ETag alone does not tell.
    IdentityIsCompared,
    /// S16: what may have come back by being sealed anew is not taken for a value that was stored by itself.
    CameBack,
    /// S17: whether it did is told with an allowance for the clocks of OSS's servers.
    ClocksDiffer,
}

impl<P: Ports> Storage<P> {
    /// Whether a rule is kept: always, but in tests of the simulation.
    #[cfg(not(feature = "lock-mutants"))]
    pub(in crate::cert) fn keeps(&self, _: SetRule) -> bool {
        true
    }

    /// Whether a rule is kept.
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

    /// Two steps of which the second waits for the first, by a rule.
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
