//! `POST /internal/v1/click-batches`: the worker hands over a batch that it has summed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use click_contract::Summary;
use click_contract::summary::Recorded;
use http::StatusCode;
use runtime::lifecycle::Chain;
use runtime::telemetry::propagation;
use tracing::Instrument as _;

use crate::app::{App, AppState};
use crate::problem::Problem;
use crate::store;

/// Counts a batch, once. 200 when it is counted, now or before; 422 for a summary that can never be; 503 when
/// the worker should come again.
pub(super) async fn record_click_batch(
    State(app): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let summary = match serde_json::from_slice::<Summary>(&body).map_err(|error| error.to_string()) {
        Ok(summary) => match summary.check() {
            Ok(()) => summary,
            Err(error) => return unprocessable(&error),
        },
        Err(error) => return unprocessable(&error),
    };
    let span = match propagation::caller(&headers) {
        Some(caller) if caller.is_sampled() => {
            let span = tracing::info_span!(
                "record click batch",
                otel.kind = "server",
                otel.name = "POST /internal/v1/click-batches",
            );
            propagation::set_parent(&span, caller);
            span
        }
        _ => tracing::Span::none(),
    };
    match record(&app, &summary).instrument(span).await {
        Ok(new) => Json(Recorded { new }).into_response(),
        Err(problem) => {
            tracing::error!(error = %Chain(&problem), batch = %summary.batch_id, "could not record a click batch");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn record(app: &App, summary: &Summary) -> Result<bool, Problem> {
    let mut connection = app.database.acquire().await?;
    let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
    let new = store::summaries::record(&mut transaction, summary, app.now()).await?;
    transaction.commit().await?;
    Ok(new)
}

fn unprocessable(error: &dyn std::fmt::Display) -> Response {
    tracing::warn!(%error, "refused a click batch summary");
    StatusCode::UNPROCESSABLE_ENTITY.into_response()
}
