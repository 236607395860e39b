//! The process's metrics, read at `/metrics` in the Prometheus text format.
//!
//! Names follow OpenTelemetry's semantic conventions as translated for Prometheus (dots become
//! underscores, the unit is a suffix). A label never takes a value that a client can choose freely.

use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Metric, Registry};

/// Where metrics are registered. Cheap to clone; all clones share one registry.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
}

impl Metrics {
    /// Registers a metric and returns it.
    pub fn register<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        self.registry.write().unwrap_or_else(PoisonError::into_inner).register(name, help, metric.clone());
        metric
    }

    /// The exposition text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        match prometheus_client::encoding::text::encode(&mut text, &registry) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n"),
        }
    }
}

/// A gauge whose value is worked out whenever it is read. No code has to remember to update it, so it can
/// never be stale; without a value it has no sample.
#[derive(Clone)]
pub struct ComputedGauge {
    value: Arc<dyn Fn() -> Option<f64> + Send + Sync>,
}

impl ComputedGauge {
    /// A gauge that is `value`, which must not block for long.
    pub fn new(value: impl Fn() -> Option<f64> + Send + Sync + 'static) -> Self {
        Self { value: Arc::new(value) }
    }
}

impl EncodeMetric for ComputedGauge {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> std::fmt::Result {
        (self.value)().map_or(Ok(()), |value| encoder.encode_gauge(&value))
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Gauge
    }
}

impl std::fmt::Debug for ComputedGauge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComputedGauge").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_computed_gauge_is_what_it_is_when_it_is_read() {
        let (metrics, age) = (Metrics::default(), Arc::new(AtomicU64::new(0)));
        let read = Arc::clone(&age);
        let value = move || match read.load(Ordering::Relaxed) {
            0 => None,
            seconds => Some(f64::from(u32::try_from(seconds).unwrap())),
        };
        metrics.register("svid_age_seconds", "Age", ComputedGauge::new(value));
        assert!(!metrics.encode().lines().any(|line| line.starts_with("svid_age_seconds")));
        for (seconds, sample) in [(7, "svid_age_seconds 7.0"), (9, "svid_age_seconds 9.0")] {
            age.store(seconds, Ordering::Relaxed);
            assert!(metrics.encode().lines().any(|line| line == sample), "{}", metrics.encode());
        }
    }
}
