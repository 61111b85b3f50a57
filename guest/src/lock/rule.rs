//! The rules that keep a lock safe, including those whose absence would rarely show. Tests break each of them, one at a
//! time, to prove that the simulation notices; only the feature `lock-mutants`, which only tests enable, makes that
//! possible.

/// A rule that one of the mutants M1 to M9 and M12 to M16 breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// M1: a holder that takes over waits longer than the lease lasts, because clocks of OSS differ and times are
    /// stated to the second.
    Grace,
    /// M2: a lease begins when its request was sent, not when the response arrived.
    LeaseFromSend,
    /// M3: a request without a response has not succeeded.
    UndecidedIsNoSuccess,
    /// M4: a release reads the log to check that the lock still is its own.
    ReleaseLooks,
    /// M5: a call whose append was rejected reads the log before it appends at another position.
    PositionIsRead,
    /// M6: a record of another call of the same owner is not this call's.
    CallsDiffer,
    /// M7: a holder stops relying on its lease before its end, because its clock may be slow.
    Margin,
    /// M8: a write under a lease states until when OSS may perform it.
    WritesEnd,
    /// M9: a lock is not released while a write under it may still take effect.
    ReleaseWaits,
    /// M12: a request that is sent again does not extend the lease, which runs from the first attempt.
    FirstSendCounts,
    /// M13: a tenure that may be another call's of the same instance is released only if its first record has this call's
    /// nonce.
    NonceDecides,
    /// M14: the first record is read for this even if the tenure has been renewed and the record is not the log's last.
    FirstRecordIsRead,
    /// M15: once a lease is being released, no write under it is sent any more.
    ReleasedIsOver,
    /// M16: no set is stored or removed while another write under the lease may take effect.
    SetsAreAlone,
}
