//! The rules of the protocol that tests break, one at a time, to show that the simulation detects it. This is possible
//! only with the feature `gc-mutants`, which only tests enable.

/// A rule, with the number of the mutant that breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// M1: a deadline counts from the `Date` of the view, not from the one of the facts that were read under it.
    DeadlineFromView,
    /// M2: writes of layer links have a deadline.
    LinkDeadline,
    /// M3: writes that confirm something have a deadline at all.
    Deadlines,
    /// M4: a process respects the list of an epoch.
    ListIsHeeded,
    /// M5: a listed digest is written no later than T1.
    ListedUntilT1,
    /// M6: a listed digest whose link is at least as young as C counts as present.
    YoungLinkIsPresent,
    /// M7: a manifest's own digest is treated like those that it names.
    OwnDigest,
    /// M8: facts are read after the view under which they are used.
    FactsAfterView,
    /// M9: facts are forgotten when a view is more than W later than the one before.
    GapEmptiesCache,
    /// M10: facts about digests that a new record lists are forgotten.
    ListingDropsFacts,
    /// M11: a link is written after the blob, a revision after the manifest's blob.
    Order,
    /// M12: HEAD and mount renew old links.
    LinksAreRenewed,
    /// M13: a listed digest is not written until T2 + S, rather than T2.
    SlackAfterT2,
    /// M14: a collector marks a second time.
    SecondMark,
    /// M15: the second mark reads manifests.
    SecondMarkReadsManifests,
    /// M16: the second mark respects the age of links.
    SecondMarkHeedsLinks,
    /// M17: an error during a mark ends the collection.
    ErrorsEndMark,
    /// M18: the second mark starts after T1 + S.
    SecondMarkWaits,
    /// M19: T1 includes W.
    T1IncludesView,
    /// M20: T1 counts from the end of the publication, not from its beginning.
    T1FromPublication,
    /// M21: the slack covers the differences of clocks and the delays of effects.
    SlackCoversDelays,
    /// M22: a record is appended at the length that was read before the first mark.
    AppendAtPosition,
    /// M23: a record is published only after the last epoch's T2 + S.
    PublishAfterLastEpoch,
    /// M24: if the response to a publication does not tell the result, the collector finds it out before it continues.
    UndecidedIsResolved,
    /// M25: deletes end at T2.
    DeletesEnd,
}
