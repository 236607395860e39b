//! The internal listener: what the worker may ask, over mutual TLS.
//!
//! The handshake has already proved one of the allowed SPIFFE IDs. Here each route names the one identity
//! that may use it, so that a second internal client could never reach what is not meant for it.

mod record_click_batch;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::StatusCode;
use identity::spiffe::{Peer, SpiffeId};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use runtime::metrics::Metrics;

use crate::app::AppState;

/// The largest summary, in bytes: that of a full batch, several times over.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Requests that were refused after the handshake.
#[derive(Clone, Debug)]
pub(crate) struct InternalMetrics {
    refused: Family<Refusal, Counter>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Refusal {
    reason: &'static str,
}

impl InternalMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let refused = metrics.register(
            "internal_requests_refused",
            "Requests on the internal listener that were refused, by reason",
            Family::default(),
        );
        Self { refused }
    }

    fn refuse(&self, peer: Option<&Peer>, reason: &'static str, status: StatusCode) -> Response {
        self.refused.get_or_create(&Refusal { reason }).inc();
        let peer = peer.map(|peer| peer.id.to_string()).unwrap_or_default();
        tracing::warn!(reason, peer, "refused a request on the internal listener");
        status.into_response()
    }
}

/// Every route of the internal listener; all of them are `worker`'s.
pub(crate) fn internal(app: AppState, worker: SpiffeId) -> Router {
    let guard = Guard { app: app.clone(), only: worker };
    Router::new()
        .route("/internal/v1/click-batches", post(record_click_batch::record_click_batch))
        .method_not_allowed_fallback(async |State(app): State<AppState>, request: Request| {
            let peer = request.extensions().get();
            app.internal_metrics.refuse(peer, "method", StatusCode::METHOD_NOT_ALLOWED)
        })
        .fallback(async |State(app): State<AppState>, request: Request| {
            app.internal_metrics.refuse(request.extensions().get(), "path", StatusCode::NOT_FOUND)
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(guard, authorize))
        .with_state(app)
}

#[derive(Clone)]
struct Guard {
    app: AppState,
    only: SpiffeId,
}

async fn authorize(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    if peer.is_some_and(|peer| peer.id == guard.only) {
        next.run(request).await
    } else {
        guard.app.internal_metrics.refuse(peer, "peer", StatusCode::FORBIDDEN)
    }
}
