//! The rules in force, and how often each has matched and fired.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use super::plan::Plan;
use super::rule::FaultRule;
use crate::operation::Operation;

/// The faults of an emulator. Clones are the same set.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<RwLock<Vec<Arc<Armed>>>>,
    next: Arc<AtomicU64>,
    // Spares the lock on every request of the many emulators that have no faults.
    any: Arc<AtomicBool>,
}

#[derive(Debug)]
pub(super) struct Armed {
    id: u64,
    pub(super) rule: FaultRule,
    matched: AtomicU64,
    fired: AtomicU64,
}

/// A rule that was added.
#[derive(Clone, Debug)]
pub struct FaultHandle {
    armed: Arc<Armed>,
}

impl FaultHandle {
    /// The rule's number.
    pub fn id(&self) -> u64 {
        self.armed.id
    }

    /// How often the fault happened.
    pub fn hits(&self) -> u64 {
        self.armed.fired.load(Ordering::SeqCst)
    }

    /// How many requests the rule matched, whether it happened to them or not.
    pub fn matched(&self) -> u64 {
        self.armed.matched.load(Ordering::SeqCst)
    }
}

/// A rule and its counters.
#[derive(Clone, Debug, Serialize)]
pub struct FaultReport {
    /// The rule's number.
    pub id: u64,
    /// How many requests the rule matched.
    pub matched: u64,
    /// How often the fault happened.
    pub hits: u64,
    /// The rule.
    pub rule: FaultRule,
}

impl Faults {
    /// Adds a rule, after those that are there.
    pub fn add(&self, rule: FaultRule) -> FaultHandle {
        let id = self.next.fetch_add(1, Ordering::SeqCst) + 1;
        let armed = Arc::new(Armed { id, rule, matched: AtomicU64::new(0), fired: AtomicU64::new(0) });
        self.rules.write().unwrap_or_else(PoisonError::into_inner).push(armed.clone());
        self.any.store(true, Ordering::SeqCst);
        FaultHandle { armed }
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.any.store(false, Ordering::SeqCst);
        self.rules.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Removes a rule; says whether it was there.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let before = rules.len();
        rules.retain(|armed| armed.id != id);
        rules.len() < before
    }

    /// How often the fault of that number happened.
    pub fn hits(&self, id: u64) -> Option<u64> {
        self.report().into_iter().find(|report| report.id == id).map(|report| report.hits)
    }

    /// Every rule with its counters.
    pub fn report(&self) -> Vec<FaultReport> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let report = |armed: &Arc<Armed>| FaultReport {
            id: armed.id,
            matched: armed.matched.load(Ordering::SeqCst),
            hits: armed.fired.load(Ordering::SeqCst),
            rule: armed.rule.clone(),
        };
        rules.iter().map(report).collect()
    }

    /// What happens to a request. Counts it for every rule that matches it.
    pub(crate) fn plan(&self, operation: Operation, bucket: Option<&str>, key: Option<&str>) -> Plan {
        let mut plan = Plan::default();
        if !self.any.load(Ordering::Relaxed) {
            return plan;
        }
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        for armed in rules.iter().filter(|armed| armed.rule.matches(operation, bucket, key)) {
            let turn = armed.matched.fetch_add(1, Ordering::SeqCst);
            let end = armed.rule.times.map_or(u64::MAX, |times| armed.rule.skip.saturating_add(times));
            if (armed.rule.skip..end).contains(&turn) {
                armed.fired.fetch_add(1, Ordering::SeqCst);
                let name = armed.rule.name.clone().unwrap_or_else(|| format!("#{}", armed.id));
                plan.include(&armed.rule.action, name);
            }
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultAction;

    #[test]
    fn skip_then_times_then_never() {
        let faults = Faults::default();
        let rule = FaultRule::new(FaultAction::Refuse).on(Operation::GetObject).prefix("a/").skip(1).times(2);
        let handle = faults.add(rule);
        let mut fired = Vec::new();
        for _ in 0..5 {
            fired.push(!faults.plan(Operation::GetObject, Some("b"), Some("a/k")).names.is_empty());
        }
        assert_eq!(fired, [false, true, true, false, false]);
        assert!(faults.plan(Operation::GetObject, Some("b"), Some("k")).names.is_empty());
        assert!(faults.plan(Operation::PutObject, Some("b"), Some("a/k")).names.is_empty());
        assert_eq!((handle.hits(), handle.matched()), (2, 5));
        assert_eq!(faults.hits(handle.id()), Some(2));
        assert!(faults.remove(handle.id()) && !faults.remove(handle.id()));
    }

    #[test]
    fn rules_have_a_json_form() {
        let rule = FaultRule::new(FaultAction::CutResponse { at: 10 }).on(Operation::GetObject).key("a*").once();
        let json = serde_json::to_string(&rule).expect("writes");
        assert_eq!(
            json,
            r#"{"operations":["GetObject"],"key":"a*","skip":0,"times":1,"action":{"type":"cut-response","at":10}}"#
        );
        assert_eq!(serde_json::from_str::<FaultRule>(&json).expect("reads"), rule);
        assert!(serde_json::from_str::<FaultRule>(r#"{"action":{"type":"refuse"},"oops":1}"#).is_err());
        assert!(serde_json::from_str::<FaultRule>(r#"{"operations":["Nope"],"action":{"type":"refuse"}}"#).is_err());
    }
}
