//! The limits of all tenants of an engine together, as a file has them.

use crate::error::ConfigProblem;
use crate::{duration, size};
use serde::Deserialize;
use std::time::Duration;

/// A tenant that is alone may have half, and an instance starts with some.
const LEAST_MEMORY: u64 = 16 << 20;

/// What all tenants of an engine may take together, as far as it is said. Read from a file in kebab-case; spans of time are
/// `"5s"`, `"250ms"` or milliseconds, numbers of bytes `"4GiB"` or plain ones.
///
/// ```
/// use ossicle::{EngineLimits, EngineOptions};
///
/// let mut limits = EngineLimits::default();
/// limits.connections = Some(512);
/// limits.memory = Some(1 << 30);
/// let options = EngineOptions::new().limits(limits);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EngineLimits {
    /// Instances at a time. Default: as many as [`Allocation`](crate::Allocation) has. When all are taken, an idle one is evicted,
    /// and else calls wait.
    pub instances: Option<u32>,
    /// Bytes of linear memory of all instances: see [`EngineOptions::total_memory`](crate::EngineOptions::total_memory).
    #[serde(deserialize_with = "size::optional")]
    pub memory: Option<u64>,
    /// Connections, idle ones included: see [`EngineOptions::connections`](crate::EngineOptions::connections).
    pub connections: Option<usize>,
    /// Names that are looked up at once: see [`EngineOptions::lookups`](crate::EngineOptions::lookups).
    pub lookups: Option<usize>,
    /// How much of the time of the runtime's threads components may compute, in parts of a hundred: see
    /// [`EngineOptions::processor_time`](crate::EngineOptions::processor_time).
    pub processor_time: Option<u8>,
    /// For how long an instance may keep its room while another tenant waits for some: see
    /// [`EngineOptions::turn`](crate::EngineOptions::turn).
    #[serde(deserialize_with = "duration::optional")]
    pub turn: Option<Duration>,
}

impl EngineLimits {
    /// These, and what they do not say as the others say it.
    pub fn or(self, others: &Self) -> Self {
        Self {
            instances: self.instances.or(others.instances),
            memory: self.memory.or(others.memory),
            connections: self.connections.or(others.connections),
            lookups: self.lookups.or(others.lookups),
            processor_time: self.processor_time.or(others.processor_time),
            turn: self.turn.or(others.turn),
        }
    }

    /// Looks whether a tenant can do anything within them, as [`Engine::new`](crate::Engine::new) does.
    ///
    /// # Errors
    /// Says which can't be so.
    pub fn check(&self) -> Result<(), ConfigProblem> {
        let counts = [
            ("instances", self.instances.map(u64::from)),
            ("connections", self.connections.map(|count| count as u64)),
            ("lookups", self.lookups.map(|count| count as u64)),
        ];
        if let Some((field, _)) = counts.into_iter().find(|(_, count)| *count == Some(0)) {
            return Err(ConfigProblem::new(field, "must be at least 1: without one no tenant could do anything"));
        }
        if self.memory.is_some_and(|bytes| bytes < LEAST_MEMORY) {
            let reason =
                "must be at least 16MiB: a tenant that is alone may have half of it, and an instance starts with some";
            return Err(ConfigProblem::new("memory", reason));
        }
        if self.processor_time.is_some_and(|percent| !(1..=100).contains(&percent)) {
            return Err(ConfigProblem::new("processor-time", "must be a part of a hundred, from 1 to 100"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<EngineLimits, String> {
        let limits: EngineLimits = toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())?;
        limits.check().map_err(|problem| problem.to_string())?;
        Ok(limits)
    }

    #[test]
    fn file_says_what_it_says_and_no_more() {
        let text =
            "instances = 8\nmemory = \"1GiB\"\nconnections = 64\nlookups = 4\nprocessor-time = 50\nturn = \"2s\"";
        let all = EngineLimits {
            instances: Some(8),
            memory: Some(1 << 30),
            connections: Some(64),
            lookups: Some(4),
            processor_time: Some(50),
            turn: Some(Duration::from_secs(2)),
        };
        assert_eq!(read(text), Ok(all.clone()));
        assert_eq!(read(""), Ok(EngineLimits::default()));
        let some = read("lookups = 7").unwrap();
        assert_eq!(some.clone().or(&all), EngineLimits { lookups: Some(7), ..all.clone() });
        assert_eq!(all.clone().or(&some), all);
    }

    #[test]
    fn limits_within_which_nothing_could_be_done_are_refused_by_name() {
        for (text, field) in [
            ("instances = 0", "instances: must be at least 1"),
            ("connections = 0", "connections: must be at least 1"),
            ("lookups = 0", "lookups: must be at least 1"),
            ("memory = \"1MiB\"", "memory: must be at least 16MiB"),
            ("processor-time = 0", "processor-time: must be"),
            ("processor-time = 101", "processor-time: must be"),
            ("colour = 1", "unknown field `colour`"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(field), "{text}: {refused}");
        }
    }
}
