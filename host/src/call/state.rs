//! The life of a call in an instance: its stages, and what each event does to them. Pure, so that tests can bring the events in
//! every order.

/// Where a call is. `H` is what it holds while it is in an instance, `R` is what it comes to.
#[derive(Debug)]
enum Stage<H, R> {
    /// It waits for the instance to take it. Nothing was sent.
    Queued(Option<H>),
    /// It runs: a change may take effect.
    Running(Option<H>),
    /// Its instance has ended, and it continues in another one. Only an answer ends it.
    Continued,
    /// It has ended. What it came to is here until the caller takes it, and not where nobody waits.
    Ended(Option<R>),
}

/// A call in an instance, and whether its caller waits.
#[derive(Debug)]
pub(crate) struct Life<H, R> {
    stage: Stage<H, R>,
    is_heard: bool,
}

/// What happens to a call.
#[derive(Debug)]
pub(crate) enum Event<R> {
    /// The instance takes it.
    Begin,
    /// It came to this.
    Answer(R),
    /// Its instance has ended. Without anybody who continues it, it comes to this.
    Gone(R),
    /// The caller went away.
    Drop,
    /// Whoever looks after it waits no longer.
    GiveUp,
}

/// What is to be done by an event. Whatever is dropped is dropped after the lock is released.
#[derive(Debug)]
pub(crate) struct Effects<H, R> {
    /// The call runs now.
    pub(crate) begins: bool,
    /// The call leaves its instance, with what it held there.
    pub(crate) held: Option<H>,
    /// The call is to be continued in another instance; `back` is what was known of it.
    pub(crate) continues: bool,
    /// Nobody takes this.
    pub(crate) back: Option<R>,
    /// The caller can take the result.
    pub(crate) wakes: bool,
    /// The caller went away before the end.
    pub(crate) is_abandoned: bool,
    /// It had begun and not ended.
    pub(crate) was_running: bool,
}

impl<H, R> Life<H, R> {
    pub(crate) fn new(held: Option<H>) -> Self {
        Self { stage: Stage::Queued(held), is_heard: true }
    }

    /// Makes one step.
    pub(crate) fn step(&mut self, event: Event<R>) -> Effects<H, R> {
        let mut effects = Effects {
            begins: false,
            held: None,
            continues: false,
            back: None,
            wakes: false,
            is_abandoned: false,
            was_running: matches!(self.stage, Stage::Running(_)),
        };
        let stage = std::mem::replace(&mut self.stage, Stage::Ended(None));
        self.stage = match (stage, event) {
            (Stage::Queued(held), Event::Begin) => {
                effects.begins = true;
                Stage::Running(held)
            }
            (Stage::Queued(held) | Stage::Running(held), Event::Answer(result)) => {
                effects.held = held;
                self.end(result, &mut effects)
            }
            (Stage::Continued, Event::Answer(result)) => self.end(result, &mut effects),
            (Stage::Queued(Some(held)) | Stage::Running(Some(held)), Event::Gone(result)) => {
                effects.held = Some(held);
                effects.continues = true;
                effects.back = Some(result);
                Stage::Continued
            }
            (Stage::Queued(None) | Stage::Running(None), Event::Gone(result)) => self.end(result, &mut effects),
            (stage @ (Stage::Continued | Stage::Ended(_)), Event::Gone(result) | Event::Answer(result)) => {
                effects.back = Some(result);
                stage
            }
            (stage, Event::Drop) => {
                self.is_heard = false;
                effects.is_abandoned = !matches!(stage, Stage::Ended(_));
                stage
            }
            (Stage::Ended(result), Event::GiveUp) => {
                effects.back = result;
                Stage::Ended(None)
            }
            (Stage::Queued(held) | Stage::Running(held), Event::GiveUp) => {
                effects.held = held;
                Stage::Ended(None)
            }
            (Stage::Continued, Event::GiveUp) => Stage::Ended(None),
            (stage, Event::Begin) => stage,
        };
        effects
    }

    fn end(&self, result: R, effects: &mut Effects<H, R>) -> Stage<H, R> {
        if self.is_heard {
            effects.wakes = true;
            return Stage::Ended(Some(result));
        }
        effects.back = Some(result);
        Stage::Ended(None)
    }

    /// What it holds in its instance.
    pub(crate) fn held(&self) -> Option<&H> {
        match &self.stage {
            Stage::Queued(held) | Stage::Running(held) => held.as_ref(),
            Stage::Continued | Stage::Ended(_) => None,
        }
    }

    /// Whether it runs.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running(_))
    }

    /// What it came to, for the caller.
    pub(crate) fn take(&mut self) -> Option<R> {
        match &mut self.stage {
            Stage::Ended(result) => result.take(),
            Stage::Queued(_) | Stage::Running(_) | Stage::Continued => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Kind {
        Begin,
        Answer,
        Gone,
        Drop,
        GiveUp,
        Take,
    }

    fn kinds() -> impl Strategy<Value = Vec<Kind>> {
        let kind = prop_oneof![
            Just(Kind::Begin),
            Just(Kind::Answer),
            Just(Kind::Gone),
            Just(Kind::Drop),
            Just(Kind::GiveUp),
            Just(Kind::Take),
        ];
        proptest::collection::vec(kind, 0..12)
    }

    proptest! {
        /// Every order of answer, end of the instance, departure of the caller and of whoever looks after it.
        #[test]
        fn a_call_begins_once_leaves_once_and_ends_once(in_care in any::<bool>(), kinds in kinds()) {
            let mut life: Life<&str, usize> = Life::new(in_care.then_some("held"));
            let (mut begun, mut left, mut heard, mut ended, mut gone, mut continued) = (0, 0, 0, false, false, false);
            for (number, kind) in kinds.into_iter().enumerate() {
                let event = match kind {
                    Kind::Begin => Event::Begin,
                    Kind::Answer => Event::Answer(number),
                    Kind::Gone => Event::Gone(number),
                    // A caller goes away once, and takes nothing after that.
                    Kind::Drop if gone => continue,
                    Kind::Drop => Event::Drop,
                    Kind::GiveUp => Event::GiveUp,
                    Kind::Take if gone => continue,
                    Kind::Take => {
                        heard += usize::from(life.take().is_some());
                        continue;
                    }
                };
                let is_running = begun == 1 && !ended && !continued;
                let effects = life.step(event);
                prop_assert_eq!(effects.was_running, is_running);
                if effects.begins {
                    prop_assert!(!ended && !continued, "it begins after its end");
                    begun += 1;
                }
                left += usize::from(effects.held.is_some());
                if effects.continues {
                    prop_assert!(in_care && !continued && !ended && effects.back == Some(number));
                    continued = true;
                }
                prop_assert_eq!(effects.is_abandoned, kind == Kind::Drop && !ended);
                prop_assert!(!effects.wakes || !ended && !gone, "a result is told once, to whoever waits");
                gone |= kind == Kind::Drop;
                // An answer that is not kept for the caller comes back to be dropped, and nothing comes back twice.
                if kind == Kind::Answer {
                    prop_assert_eq!(effects.wakes, effects.back.is_none());
                }
                ended |= matches!(kind, Kind::Answer | Kind::GiveUp) || kind == Kind::Gone && !in_care;
                if kind == Kind::Answer && !effects.wakes {
                    prop_assert_eq!(effects.back, Some(number));
                }
            }
            prop_assert!(begun <= 1 && heard <= 1);
            prop_assert_eq!(left, usize::from(in_care && (ended || continued)), "it leaves its instance once");
            prop_assert_eq!(life.held().is_some(), in_care && !ended && !continued);
            prop_assert!(!life.is_running() || begun == 1);
        }
    }
}
