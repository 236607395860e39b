//! Logs as JSON lines on standard error, traces over OTLP.
//!
//! Nothing that identifies a visitor, and no secret, goes into a log or a span: no token, credential, full
//! target URL or client address (`docs/architecture.md`, "Telemetry").

mod collector_client;
pub mod propagation;
mod sampler;

use std::str::FromStr;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, fmt};

use crate::settings::Reader;

pub use sampler::RootSampling;

/// What the process says about itself, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    filter: String,
    endpoint: Option<http::Uri>,
    ratio: f64,
}

impl Settings {
    /// Reads `LOG_FILTER` (`tracing` directives, default `info`), `OTEL_EXPORTER_OTLP_ENDPOINT` (absent: no
    /// traces leave the process) and `OTEL_TRACES_SAMPLER_ARG` (share of root requests, default 0.01).
    pub fn read(reader: &mut Reader) -> Self {
        let filter: String = reader.or_default("LOG_FILTER", "info".to_owned());
        if let Err(error) = EnvFilter::from_str(&filter) {
            reader.fault("LOG_FILTER", format!("not a list of filter directives: {error}"));
        }
        let endpoint: Option<http::Uri> = reader.optional("OTEL_EXPORTER_OTLP_ENDPOINT");
        if endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme_str() != Some("http")) {
            reader.fault(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "must be http: the collector is a neighbour in the cluster",
            );
        }
        let ratio = reader.or_default("OTEL_TRACES_SAMPLER_ARG", 0.01);
        if !(0.0..=1.0).contains(&ratio) {
            reader.fault("OTEL_TRACES_SAMPLER_ARG", "must be from 0 to 1");
        }
        Self { filter, endpoint, ratio }
    }

    /// Which requests begin a trace of their own.
    #[must_use]
    pub fn root_sampling(&self) -> RootSampling {
        RootSampling::new(if self.endpoint.is_some() { self.ratio } else { 0.0 })
    }
}

/// Flushes what is left when the process ends.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Installs the process's subscriber: logs, and traces when there is somewhere to send them.
    ///
    /// # Errors
    /// When the exporter cannot be built or a subscriber is installed already.
    pub fn install(service: &'static str, settings: &Settings) -> Result<Self, crate::lifecycle::BoxError> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let logs = fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .with_filter(EnvFilter::from_str(&settings.filter)?);
        let traces = settings.endpoint.as_ref().map(|at| provider(service, at)).transpose()?;
        let spans = traces.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer(service))
                .with_location(false)
                .with_threads(false)
                .with_filter(own_spans())
        });
        tracing_subscriber::registry().with(logs).with(spans).try_init()?;
        Ok(Self { traces })
    }

    /// Sends what is left. Blocks until done or until the exporter's own time limit.
    pub fn flush(self) {
        if let Some(Err(error)) = self.traces.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Logs before there are settings: everything at `info`, so that start-up faults are seen.
pub fn install_for_start_up_faults() {
    let logs = fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    // Fails only when a subscriber is installed already, and then that one is used.
    drop(tracing_subscriber::registry().with(logs).try_init());
}

fn provider(service: &'static str, at: &http::Uri) -> Result<SdkTracerProvider, crate::lifecycle::BoxError> {
    let traces = format!("{}/v1/traces", at.to_string().trim_end_matches('/'));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(collector_client::CollectorClient::new())
        .with_endpoint(traces)
        .build()?;
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.namespace", "zero-trust-eks"),
            KeyValue::new("service.name", service),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler::FollowDecision)
        .with_resource(resource)
        .build())
}

/// Spans of our own crates only: libraries would begin traces that nobody asked for.
fn own_spans() -> Targets {
    ["database", "identity", "runtime", "url_service", "worker"]
        .into_iter()
        .fold(Targets::new(), |targets, name| targets.with_target(name, tracing::Level::INFO))
}
