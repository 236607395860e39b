//! A clock that a test can move.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runtime::{Clock, SystemClock};

/// The wall clock, and how far ahead of it this one is.
#[derive(Debug, Default)]
pub(crate) struct MovableClock {
    ahead: AtomicU64,
}

impl MovableClock {
    /// Moves it on.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn since_epoch(&self) -> Duration {
        SystemClock.since_epoch() + Duration::from_secs(self.ahead.load(Ordering::SeqCst))
    }
}
