//! What tests of this crate stand on.

use std::sync::Arc;
use std::time::Duration;

use runtime::health::Health;
use runtime::metrics::Metrics;
use runtime::telemetry::RootSampling;
use runtime::{Clock, ServiceContext};

/// A clock that stands still, at this many seconds since the Unix epoch.
#[derive(Debug)]
pub(crate) struct At(pub(crate) u64);

impl Clock for At {
    fn since_epoch(&self) -> Duration {
        Duration::from_secs(self.0)
    }
}

/// A context of its own, with this clock.
pub(crate) fn context(clock: impl Clock) -> ServiceContext {
    ServiceContext {
        clock: Arc::new(clock),
        health: Health::default(),
        metrics: Metrics::default(),
        root_sampling: RootSampling::new(0.0),
    }
}
