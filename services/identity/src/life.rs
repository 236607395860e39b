//! The life of a credential, as two gauges: how old it is, and how long it is still good for.

use std::sync::Arc;
use std::time::Duration;

use runtime::metrics::ComputedGauge;
use runtime::{Clock, ServiceContext};

/// When a credential's life began and when it ends, as times since the Unix epoch, as far as they are known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Life {
    /// The beginning.
    pub began: Option<Duration>,
    /// The end; none for what lives until somebody replaces it.
    pub ends: Option<Duration>,
}

impl Life {
    /// Whether the end is known and over.
    #[must_use]
    pub fn is_over(&self, clock: &dyn Clock) -> bool {
        self.ends.is_some_and(|end| end <= clock.since_epoch())
    }

    /// How long it still lives; zero once it is over.
    #[must_use]
    pub fn left(&self, clock: &dyn Clock) -> Option<Duration> {
        self.ends.map(|end| end.saturating_sub(clock.since_epoch()))
    }
}

/// Registers `<credential>_age_seconds`, and `<credential>_remaining_seconds` where there is an end at all.
/// `life` is asked whenever the metrics are read. Below zero, the remaining time says how long the end is past.
pub fn register(
    context: &ServiceContext,
    credential: &str,
    has_end: bool,
    life: impl Fn() -> Life + Send + Sync + 'static,
) {
    let (life, metrics) = (Arc::new(life), &context.metrics);
    let (of_age, clock) = (Arc::clone(&life), Arc::clone(&context.clock));
    let age = ComputedGauge::new(move || {
        let began = of_age().began?;
        Some(clock.since_epoch().as_secs_f64() - began.as_secs_f64())
    });
    metrics.register(&format!("{credential}_age_seconds"), "Time since the credential's life began", age);
    if has_end {
        let clock = Arc::clone(&context.clock);
        let remaining = ComputedGauge::new(move || {
            let ends = life().ends?;
            Some(ends.as_secs_f64() - clock.since_epoch().as_secs_f64())
        });
        let name = format!("{credential}_remaining_seconds");
        metrics.register(&name, "Time until the credential's life ends", remaining);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{At, context};

    fn life(began: u64, ends: Option<u64>) -> Life {
        Life { began: Some(Duration::from_secs(began)), ends: ends.map(Duration::from_secs) }
    }

    #[test]
    fn age_and_remaining_time_are_those_of_now() {
        for (now, age, remaining) in [(130, "30.0", "70.0"), (230, "130.0", "-30.0")] {
            let context = context(At(now));
            register(&context, "svid", true, || life(100, Some(200)));
            let text = context.metrics.encode();
            for sample in [format!("svid_age_seconds {age}"), format!("svid_remaining_seconds {remaining}")] {
                assert!(text.lines().any(|line| line == sample), "{sample}: {text}");
            }
        }
    }

    #[test]
    fn what_has_no_end_has_an_age_only() {
        let context = context(At(130));
        register(&context, "secret", false, || life(100, None));
        assert!(context.metrics.encode().contains("secret_age_seconds 30.0"));
        assert!(!context.metrics.encode().contains("remaining"));
    }

    #[test]
    fn a_life_is_over_at_its_end_and_without_one_never() {
        for (now, over) in [(199, false), (200, true), (201, true)] {
            assert_eq!(life(100, Some(200)).is_over(&At(now)), over);
        }
        assert!(!life(100, None).is_over(&At(u64::MAX)));
        assert_eq!(life(100, Some(200)).left(&At(250)), Some(Duration::ZERO));
    }
}
