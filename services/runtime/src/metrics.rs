//! The process's metrics, read at `/metrics` in the Prometheus text format.
//!
//! Names follow OpenTelemetry's semantic conventions as translated for Prometheus (dots become
//! underscores, the unit is a suffix). A label never takes a value that a client can choose freely.

use std::sync::{Arc, PoisonError, RwLock};

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
