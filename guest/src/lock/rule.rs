//! The rules that keep a lock safe although nobody would miss them on a good day. Tests break each of them, one at a time,
//! to show that the simulation notices; only the feature `lock-mutants`, which nothing but tests turns on, makes that
//! possible.

/// A rule that one of the mutants M1 to M9 and M12 to M16 breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// M1: who takes over waits longer than the lease lasts, for clocks of OSS differ and states are to the second.
    Grace,
    /// M2: a lease runs from when its request was sent, not from when the answer came.
    LeaseFromSend,
    /// M3: a request that nobody answered has not succeeded.
    UndecidedIsNoSuccess,
    /// M4: who releases looks whether the lock still is its own.
    ReleaseLooks,
    /// M5: who is refused looks at the lock before it appends at another position.
    PositionIsRead,
    /// M6: a record of another call of the same owner is not this call's.
    CallsDiffer,
    /// M7: a holder stops trusting its lease before its end, for its clock may be slow.
    Margin,
    /// M8: a write under a lease states until when OSS may take it.
    WritesEnd,
    /// M9: a lock is not released while a write under it may still be taken.
    ReleaseWaits,
    /// M12: a request that is sent again leaves the lease running from the first time.
    FirstSendCounts,
    /// M13: a tenure that may be another call's of the same instance is released only if its first record has this call's
    /// nonce.
    NonceDecides,
    /// M14: that is looked up as well where the tenure has been renewed, so that its first record is not the log's last.
    FirstRecordIsRead,
    /// M15: once a lease is being released, no write under it is sent any more.
    ReleasedIsOver,
    /// M16: no set is stored or removed while another write under the lease may take effect.
    SetsAreAlone,
}
