//! What `/livez` and `/readyz` answer, and why.
//!
//! *Ready* means: started, not stopping, and every required check up. A check that is down without being
//! required is shown, because the process still does its main work (a redirect from the cache needs no
//! database). *Live* means: every loop that promised to come round did so in time; a process that fails it
//! is stuck, and only a restart helps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// Whether a process without this check can still do its work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Weight {
    /// Down means not ready.
    Required,
    /// Down is shown, and the process stays ready.
    Informational,
}

/// The process's checks. Cheap to clone; all clones share the same state.
#[derive(Clone, Debug, Default)]
pub struct Health {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    checks: BTreeMap<&'static str, CheckState>,
    heartbeats: BTreeMap<&'static str, (Instant, Duration)>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    #[default]
    Starting,
    Running,
    Stopping,
}

#[derive(Debug)]
struct CheckState {
    weight: Weight,
    down: Option<String>,
}

/// The answer of one probe.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether the probe passes.
    #[serde(skip)]
    pub passes: bool,
    phase: Phase,
    checks: BTreeMap<&'static str, String>,
}

/// Sets the state of one check.
#[derive(Clone, Debug)]
pub struct Check {
    name: &'static str,
    health: Health,
}

impl Health {
    /// Adds a check, which is down until it is first set up.
    #[must_use]
    pub fn check(&self, name: &'static str, weight: Weight) -> Check {
        let down = Some("not yet known".to_owned());
        self.with(|state| state.checks.insert(name, CheckState { weight, down }));
        Check { name, health: self.clone() }
    }

    /// Promises that the loop `name` comes round within `at_most`, and says that it just did.
    pub fn beat(&self, name: &'static str, at_most: Duration) {
        self.with(|state| state.heartbeats.insert(name, (Instant::now(), at_most)));
    }

    /// Ends the promise of the loop `name`, which has been stopped on purpose.
    pub fn end_beat(&self, name: &'static str) {
        self.with(|state| state.heartbeats.remove(name));
    }

    /// Says that the process has started.
    pub fn running(&self) {
        self.with(|state| state.phase = Phase::Running);
    }

    /// Says that the process is stopping: it is never ready again.
    pub fn stopping(&self) {
        self.with(|state| state.phase = Phase::Stopping);
    }

    /// The readiness probe.
    #[must_use]
    pub fn ready(&self) -> Report {
        self.with(|state| Report {
            passes: state.phase == Phase::Running
                && state.checks.values().all(|c| c.weight == Weight::Informational || c.down.is_none()),
            phase: state.phase,
            checks: state
                .checks
                .iter()
                .map(|(name, check)| (*name, check.down.clone().unwrap_or_else(|| "up".to_owned())))
                .collect(),
        })
    }

    /// The liveness probe.
    #[must_use]
    pub fn live(&self) -> Report {
        self.with(|state| {
            let late = |&(last, at_most): &(Instant, Duration)| last.elapsed() > at_most;
            Report {
                passes: !state.heartbeats.values().any(late),
                phase: state.phase,
                checks: state
                    .heartbeats
                    .iter()
                    .map(|(name, beat)| (*name, if late(beat) { "stuck" } else { "up" }.to_owned()))
                    .collect(),
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Check {
    /// The thing works.
    pub fn up(&self) {
        self.set(None);
    }

    /// The thing does not work; `why` is shown to whoever probes and must hold no secret.
    pub fn down(&self, why: impl Into<String>) {
        self.set(Some(why.into()));
    }

    /// Whether the thing was last said not to work.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.health.with(|state| state.checks.get(self.name).is_some_and(|check| check.down.is_some()))
    }

    fn set(&self, down: Option<String>) {
        self.health.with(|state| {
            if let Some(check) = state.checks.get_mut(self.name) {
                check.down = down;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_needs_running_and_every_required_check() {
        let health = Health::default();
        let svid = health.check("svid", Weight::Required);
        let database = health.check("database", Weight::Informational);
        assert!(!health.ready().passes, "starting");
        health.running();
        assert!(!health.ready().passes, "the required check is not up yet");
        svid.up();
        assert!(health.ready().passes);
        database.down("connection refused");
        let report = health.ready();
        assert!(report.passes);
        assert_eq!(report.checks.get("database").map(String::as_str), Some("connection refused"));
        health.stopping();
        assert!(!health.ready().passes, "stopping");
    }

    #[test]
    fn a_loop_that_does_not_come_round_is_not_live() {
        let health = Health::default();
        health.beat("receive", Duration::from_mins(1));
        assert!(health.live().passes);
        health.beat("receive", Duration::ZERO);
        assert!(!health.live().passes);
        health.end_beat("receive");
        assert!(health.live().passes);
    }
}
