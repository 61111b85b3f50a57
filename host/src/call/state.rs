//! The life of a call: its stages, and what each event does to them. Pure, so that tests can bring the events in every order.

use crate::error::{Error, Retirement};
use std::time::Duration;

/// Where a call is. `O` is the operation with its arguments, `G` what a begun call holds of its instance, and `T` what it
/// comes to.
#[derive(Debug)]
pub(crate) enum Stage<O, G, T> {
    /// It waits for an instance to take it. Nothing was sent.
    Queued(O),
    /// It runs: a change may take effect.
    Running(G),
    /// It runs, and nobody waits for it.
    Cancelling(G),
    /// It has ended. What it came to is here until the caller takes it, and not where nobody waits.
    Ended(Option<Result<T, Error>>),
}

/// What happens to a call.
#[derive(Debug)]
pub(crate) enum Event<G, T> {
    /// An instance takes it from the queue.
    Begin(G),
    /// The component answered.
    Answer(Result<T, Error>),
    /// The caller went away.
    Drop,
    /// The caller does not want it to begin, but to know what becomes of it if it has.
    Withdraw,
    /// Its time is up; this was the limit.
    Due(Duration),
    /// Its instance ended.
    Gone(Retirement),
    /// It can't be begun.
    Refuse(Error),
}

/// What is to be done by an event. Whatever is dropped is dropped after the lock is released.
#[derive(Debug)]
pub(crate) struct Effects<O, G, T> {
    /// The call begins: this is to be run.
    pub(crate) begin: Option<O>,
    /// The call leaves its instance, or did not want it any more.
    pub(crate) release: Option<G>,
    /// The call was never begun and never will be: it leaves the queue.
    pub(crate) unbegun: Option<O>,
    /// Its instance takes no more calls: what runs in it can't be called back.
    pub(crate) drains: bool,
    /// The caller can take the result.
    pub(crate) wakes: bool,
    /// The caller went away from a call that runs.
    pub(crate) is_abandoned: bool,
    /// It ended by this: to be told once.
    pub(crate) ended: bool,
    /// What it came to, where nobody waits for it.
    pub(crate) unheard: Option<Result<T, Error>>,
}

impl<O, G, T> Effects<O, G, T> {
    fn none() -> Self {
        Self {
            begin: None,
            release: None,
            unbegun: None,
            drains: false,
            wakes: false,
            is_abandoned: false,
            ended: false,
            unheard: None,
        }
    }

    /// It ends with this, for the caller.
    fn heard(mut self, result: Result<T, Error>) -> (Stage<O, G, T>, Self) {
        (self.ended, self.wakes) = (true, true);
        (Stage::Ended(Some(result)), self)
    }

    /// It ends with this, for nobody.
    fn unheard(mut self, result: Result<T, Error>) -> (Stage<O, G, T>, Self) {
        (self.ended, self.unheard) = (true, Some(result));
        (Stage::Ended(None), self)
    }
}

impl<O, G, T> Stage<O, G, T> {
    /// Makes one step.
    pub(crate) fn step(&mut self, event: Event<G, T>) -> Effects<O, G, T> {
        let stage = std::mem::replace(self, Self::Ended(None));
        let (stage, effects) = stage.after(event);
        *self = stage;
        effects
    }

    fn after(self, event: Event<G, T>) -> (Self, Effects<O, G, T>) {
        let mut effects = Effects::none();
        match (self, event) {
            (Self::Queued(operation), Event::Begin(granted)) => {
                effects.begin = Some(operation);
                (Self::Running(granted), effects)
            }
            (Self::Queued(operation), Event::Drop | Event::Withdraw) => {
                (effects.unbegun, effects.ended) = (Some(operation), true);
                (Self::Ended(None), effects)
            }
            (Self::Queued(operation), Event::Due(limit)) => {
                effects.unbegun = Some(operation);
                effects.heard(Err(Error::Overloaded { limit, ids: Box::default() }))
            }
            (Self::Queued(operation), Event::Refuse(error)) => {
                effects.unbegun = Some(operation);
                effects.heard(Err(error))
            }
            (Self::Running(granted), Event::Drop) => {
                effects.is_abandoned = true;
                (Self::Cancelling(granted), effects)
            }
            (Self::Running(granted), Event::Answer(result)) => {
                effects.release = Some(granted);
                effects.heard(result)
            }
            (Self::Cancelling(granted), Event::Answer(result)) => {
                effects.release = Some(granted);
                effects.unheard(result)
            }
            (Self::Running(granted), Event::Due(limit)) => {
                (effects.release, effects.drains) = (Some(granted), true);
                effects.heard(Err(Error::TimedOut { limit, ids: Box::default() }))
            }
            (Self::Cancelling(granted), Event::Due(limit)) => {
                (effects.release, effects.drains) = (Some(granted), true);
                effects.unheard(Err(Error::TimedOut { limit, ids: Box::default() }))
            }
            (Self::Running(granted), Event::Gone(reason)) => {
                effects.release = Some(granted);
                effects.heard(Err(Error::Retired { reason, ids: Box::default() }))
            }
            (Self::Cancelling(granted), Event::Gone(reason)) => {
                effects.release = Some(granted);
                effects.unheard(Err(Error::Retired { reason, ids: Box::default() }))
            }
            // It ended while an instance took it.
            (stage, Event::Begin(granted)) => {
                effects.release = Some(granted);
                (stage, effects)
            }
            (stage, Event::Answer(result)) => {
                effects.unheard = Some(result);
                (stage, effects)
            }
            // Who left before the result was taken does not want it.
            (Self::Ended(result), Event::Drop) => {
                effects.unheard = result;
                (Self::Ended(None), effects)
            }
            (stage, Event::Drop | Event::Withdraw | Event::Due(_) | Event::Gone(_) | Event::Refuse(_)) => {
                (stage, effects)
            }
        }
    }

    /// What it holds of its instance.
    pub(crate) fn granted(&self) -> Option<&G> {
        match self {
            Self::Running(granted) | Self::Cancelling(granted) => Some(granted),
            Self::Queued(_) | Self::Ended(_) => None,
        }
    }

    pub(crate) fn is_queued(&self) -> bool {
        matches!(self, Self::Queued(_))
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self, Self::Ended(_))
    }

    /// What it came to, as long as the caller has not taken it.
    pub(crate) fn result(&self) -> Option<&Result<T, Error>> {
        match self {
            Self::Ended(result) => result.as_ref(),
            Self::Queued(_) | Self::Running(_) | Self::Cancelling(_) => None,
        }
    }

    /// What it came to, as long as the caller has not taken it.
    pub(crate) fn result_mut(&mut self) -> Option<&mut Result<T, Error>> {
        match self {
            Self::Ended(result) => result.as_mut(),
            Self::Queued(_) | Self::Running(_) | Self::Cancelling(_) => None,
        }
    }

    /// What it came to, for the caller.
    pub(crate) fn take(&mut self) -> Option<Result<T, Error>> {
        match self {
            Self::Ended(result) => result.take(),
            Self::Queued(_) | Self::Running(_) | Self::Cancelling(_) => None,
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
        Drop,
        Withdraw,
        Due,
        Gone,
        Refuse,
        Take,
    }

    fn kinds() -> impl Strategy<Value = Vec<Kind>> {
        use Kind::{Answer, Begin, Drop, Due, Gone, Refuse, Take, Withdraw};
        let kinds = vec![Begin, Answer, Drop, Withdraw, Due, Gone, Refuse, Take];
        proptest::collection::vec(proptest::sample::select(kinds), 0..12)
    }

    const LIMIT: Duration = Duration::from_secs(1);

    proptest! {
        /// Every order of begin, answer, deadline, end of the instance, refusal, withdrawal and departure of the caller.
        #[test]
        fn a_call_begins_once_leaves_once_and_ends_once(kinds in kinds()) {
            let mut stage: Stage<&str, &str, usize> = Stage::Queued("operation");
            let (mut begun, mut released, mut unbegun, mut told, mut heard) = (0, 0, 0, 0, 0);
            let (mut waits, mut ended) = (true, false);
            for (number, kind) in kinds.into_iter().enumerate() {
                let was_running = begun == 1 && !ended;
                let event = match kind {
                    Kind::Begin => Event::Begin("granted"),
                    Kind::Answer => Event::Answer(Ok(number)),
                    // A caller goes away once, and takes nothing after that.
                    Kind::Drop | Kind::Withdraw | Kind::Take if !waits => continue,
                    Kind::Drop => Event::Drop,
                    Kind::Withdraw => Event::Withdraw,
                    Kind::Due => Event::Due(LIMIT),
                    Kind::Gone => Event::Gone(Retirement::Idle),
                    Kind::Refuse => Event::Refuse(Error::Closed),
                    Kind::Take => {
                        let Some(result) = stage.take() else { continue };
                        heard += 1;
                        match result {
                            // Said of calls that were never begun alone.
                            Err(Error::Closed | Error::Overloaded { .. }) => prop_assert_eq!((begun, unbegun), (0, 1)),
                            Ok(_) | Err(_) => prop_assert_eq!((begun, unbegun), (1, 0)),
                        }
                        continue;
                    }
                };
                let effects = stage.step(event);
                begun += usize::from(effects.begin.is_some());
                prop_assert!(effects.begin.is_none() || !ended && kind == Kind::Begin, "it begins after its end");
                // What an instance granted is kept by a call that begins, and given back at its end or at once.
                if kind == Kind::Begin {
                    prop_assert_eq!(effects.release.is_some(), effects.begin.is_none());
                } else {
                    released += usize::from(effects.release.is_some());
                    prop_assert_eq!(effects.release.is_some(), was_running && effects.ended);
                }
                unbegun += usize::from(effects.unbegun.is_some());
                told += usize::from(effects.ended);
                prop_assert_eq!(effects.drains, kind == Kind::Due && was_running);
                prop_assert_eq!(effects.is_abandoned, kind == Kind::Drop && was_running);
                prop_assert!(!effects.wakes || effects.ended && waits, "a result is told once, to whoever waits");
                if kind == Kind::Answer {
                    prop_assert_eq!(effects.wakes, effects.unheard.is_none(), "no answer gets lost");
                }
                if kind == Kind::Withdraw {
                    prop_assert_eq!(effects.ended, begun == 0 && !ended, "what has begun goes on, for its caller");
                }
                ended |= effects.ended;
                waits &= kind != Kind::Drop;
            }
            prop_assert!(begun <= 1 && heard <= 1);
            prop_assert_eq!(told, usize::from(ended));
            prop_assert_eq!((begun == 1 && ended, begun == 0 && ended), (released == 1, unbegun == 1));
            prop_assert_eq!(stage.has_ended(), ended);
            prop_assert_eq!((stage.is_queued(), stage.granted().is_some()), (begun == 0 && !ended, begun == 1 && !ended));
        }
    }
}
