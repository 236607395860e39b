//! The time of day as a parameter.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where a service reads the time of day, so that a test can set it.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The time since the Unix epoch.
    fn since_epoch(&self) -> Duration;

    /// Whole seconds since the Unix epoch.
    fn unix_seconds(&self) -> i64 {
        i64::try_from(self.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
    fn since_epoch(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}
