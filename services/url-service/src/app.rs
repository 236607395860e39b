//! Wiring: from settings to running tasks.

mod start;

use std::sync::Arc;

use axum::http::HeaderMap;
use database::Database;
use opentelemetry::trace::SpanContext;
use runtime::lifecycle::Task;
use runtime::settings::Reader;
use runtime::telemetry::{RootSampling, propagation};
use runtime::{Clock, Service, ServiceContext, StartError};
use time::OffsetDateTime;

use crate::clicks::recorder::Recorder;
use crate::clicks::visitor::VisitorHasher;
use crate::internal::InternalMetrics;
use crate::links::cache::LinkCache;
use crate::links::target::TargetPolicy;
use crate::middleware::HttpMetrics;
use crate::random::Random;
use crate::routes::RedirectMetrics;
use crate::settings::{Settings, Visitors};

/// The service, for [`runtime::run`].
pub(crate) struct UrlService;

impl Service for UrlService {
    const NAME: &'static str = "url-service";
    type Settings = Settings;

    fn settings(reader: &mut Reader) -> Option<Settings> {
        Settings::read(reader)
    }

    async fn start(settings: Settings, context: ServiceContext) -> Result<Vec<Task>, StartError> {
        Box::pin(start::start(settings, context)).await
    }
}

/// What every request may use. Cheap to clone.
pub(crate) type AppState = Arc<App>;

/// See [`AppState`].
pub(crate) struct App {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Random,
    pub(crate) database: Database,
    pub(crate) cache: Arc<LinkCache>,
    pub(crate) clicks: Arc<Recorder>,
    pub(crate) visitors: VisitorHasher,
    pub(crate) visitors_settings: Visitors,
    pub(crate) targets: TargetPolicy,
    pub(crate) base_url: String,
    pub(crate) http_metrics: HttpMetrics,
    pub(crate) redirect_metrics: RedirectMetrics,
    pub(crate) internal_metrics: InternalMetrics,
    pub(crate) root_sampling: RootSampling,
}

impl App {
    /// The time of day.
    pub(crate) fn now(&self) -> OffsetDateTime {
        // PostgreSQL keeps microseconds: a time that is answered must be the one that is read back.
        let microseconds = self.clock.since_epoch().as_micros();
        let nanoseconds = i128::try_from(microseconds).unwrap_or_default() * 1_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The caller's span, if it is traced and the caller may decide that.
    pub(crate) fn traced_caller(&self, headers: &HeaderMap) -> Option<SpanContext> {
        if !self.visitors_settings.trust_traceparent {
            return None;
        }
        propagation::caller(headers).filter(SpanContext::is_sampled)
    }

    /// Whether the request at hand begins a trace.
    pub(crate) fn draws_trace(&self) -> bool {
        self.root_sampling.is_on() && self.root_sampling.wants(self.random.with(rand::Rng::next_u32))
    }
}
