//! `GET /{slug}`: the reason for everything else.
//!
//! The shortest path of the service: one look into the cache, one copy of a prepared header, one click put
//! into a buffer. No write, no wait for the click, no span unless the request is traced. Only a link with a
//! visit limit goes to the database each time, because its limit is exact.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use click_contract::Click;
use click_contract::bot::is_bot;
use opentelemetry::trace::SpanContext;
use prometheus_client::metrics::histogram::Histogram;
use runtime::lifecycle::Chain;
use runtime::telemetry::propagation;
use tracing::Instrument as _;

use super::pages;
use crate::app::{App, AppState};
use crate::client_address::client_address;
use crate::links::cache::Known;
use crate::links::destination::{Availability, Destination};
use crate::links::slug::SlugKey;
use crate::middleware::HttpMetrics;
use crate::problem::Problem;
use crate::store;

/// The longest that a visitor waits for the database.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The route as it labels metrics and spans.
pub(crate) const REDIRECT_ROUTE: &str = "/{slug}";

/// The outcomes of a redirect, looked up once.
#[derive(Clone, Debug)]
pub(crate) struct RedirectMetrics {
    all: HttpMetrics,
    found: Histogram,
    not_found: Histogram,
}

impl RedirectMetrics {
    pub(crate) fn new(all: HttpMetrics) -> Self {
        let of = |status| all.duration(&Method::GET, REDIRECT_ROUTE, status);
        Self { found: of(StatusCode::FOUND), not_found: of(StatusCode::NOT_FOUND), all }
    }

    fn observe(&self, method: &Method, status: StatusCode, started: Instant) {
        let seconds = started.elapsed().as_secs_f64();
        match (method == Method::GET, status) {
            (true, StatusCode::FOUND) => self.found.observe(seconds),
            (true, StatusCode::NOT_FOUND) => self.not_found.observe(seconds),
            _ => self.all.duration(method, REDIRECT_ROUTE, status).observe(seconds),
        }
    }
}

/// Sends a visitor on.
pub(super) async fn redirect(State(app): State<AppState>, request: Request) -> Response {
    let started = Instant::now();
    let (request, _) = request.into_parts();
    let caller = app.traced_caller(&request.headers);
    let response = if caller.is_some() || app.draws_trace() {
        Box::pin(traced(&app, &request, caller, started)).await
    } else {
        answer(&app, &request, started, None).await
    };
    app.redirect_metrics.observe(&request.method, response.status(), started);
    response
}

async fn traced(app: &App, request: &Parts, caller: Option<SpanContext>, started: Instant) -> Response {
    let span = tracing::info_span!(
        "redirect",
        otel.kind = "server",
        otel.name = "GET /{slug}",
        http.request.method = request.method.as_str(),
        http.route = REDIRECT_ROUTE,
        http.response.status_code = tracing::field::Empty,
    );
    if let Some(caller) = caller {
        propagation::set_parent(&span, caller);
    }
    let own = propagation::of(&span);
    let response = answer(app, request, started, own).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}

async fn answer(app: &App, request: &Parts, started: Instant, trace: Option<SpanContext>) -> Response {
    let segment = request.uri.path().strip_prefix('/').unwrap_or_default();
    let Some(slug) = SlugKey::parse(segment) else { return pages::not_found().await };
    let answered = match app.cache.known(&slug, started) {
        Known::LeadsTo(to) if !to.limited => {
            Ok(open(app, request, &to, app.clock.unix_seconds(), trace).await)
        }
        Known::LeadsNowhere => Ok(pages::not_found().await),
        // Everything else asks the database, which must not keep a visitor waiting for ever. These futures are
        // large; boxed, they cost only the requests that need them.
        Known::LeadsTo(_) => Box::pin(in_time(limited(app, request, &slug, trace))).await,
        Known::Nothing => Box::pin(in_time(look_up(app, request, &slug, started, trace))).await,
    };
    answered.unwrap_or_else(|error| {
        tracing::error!(error = %Chain(&error), "cannot look up a slug");
        pages::unavailable()
    })
}

async fn in_time(answer: impl Future<Output = Result<Response, Problem>>) -> Result<Response, Problem> {
    tokio::time::timeout(TIME_LIMIT, answer).await.unwrap_or(Err(Problem::TimedOut))
}

/// Answers with the help of the database.
async fn look_up(
    app: &App,
    request: &Parts,
    slug: &SlugKey,
    started: Instant,
    trace: Option<SpanContext>,
) -> Result<Response, Problem> {
    match app.cache.find(slug, started, read(app, slug)).await? {
        None => Ok(pages::not_found().await),
        Some(to) if to.limited => limited(app, request, slug, trace).await,
        Some(to) => Ok(open(app, request, &to, app.clock.unix_seconds(), trace).await),
    }
}

async fn open(
    app: &App,
    request: &Parts,
    to: &Destination,
    now: i64,
    trace: Option<SpanContext>,
) -> Response {
    match to.availability(now) {
        Availability::Open => {
            if request.method == Method::GET {
                record(app, request, to, now, trace);
            }
            sent_on(to)
        }
        Availability::NotYet => pages::not_found().await,
        Availability::Gone => pages::gone(),
    }
}

/// A link with a visit limit: its row is the truth, and using up a visit is one atomic statement. Bots and
/// HEAD are sent on without using one up.
async fn limited(
    app: &App,
    request: &Parts,
    slug: &SlugKey,
    trace: Option<SpanContext>,
) -> Result<Response, Problem> {
    let mut connection = app.database.acquire().await?;
    let row = store::redirects::find(&mut connection, slug).await?;
    let Some(to) = row.and_then(|row| Destination::prepare(row, app.targets.blocklist())) else {
        return Ok(pages::not_found().await);
    };
    let now = app.clock.unix_seconds();
    let person = request.method == Method::GET && !is_bot(text(&request.headers, &header::USER_AGENT));
    if person
        && to.availability(now) == Availability::Open
        && !store::redirects::use_visit(&mut connection, to.link).await?
    {
        return Ok(pages::gone());
    }
    Ok(open(app, request, &to, now, trace).await)
}

async fn read(app: &App, slug: &SlugKey) -> Result<Option<Destination>, Problem> {
    let mut connection = app.database.acquire().await?;
    let row = store::redirects::find(&mut connection, slug).await?;
    Ok(row.and_then(|row| Destination::prepare(row, app.targets.blocklist())))
}

fn sent_on(to: &Destination) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = to.status;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, to.location.clone());
    headers.insert(header::CACHE_CONTROL, to.cache_control());
    response
}

fn record(app: &App, request: &Parts, to: &Destination, now: i64, trace: Option<SpanContext>) {
    let headers = &request.headers;
    let user_agent = text(headers, &header::USER_AGENT);
    let address = client_address(&request.extensions, headers, app.visitors_settings.trusted_proxy_hops);
    let country = app.visitors_settings.country_header.as_ref().map_or("", |name| text(headers, name));
    let visitor = address.map_or(0, |address| app.visitors.hash(address, user_agent, to.link, now));
    let click = Click {
        link: to.link,
        at: now,
        user_agent,
        referrer_host: host(text(headers, &header::REFERER)),
        country,
        visitor,
    };
    app.clicks.record(&click, trace);
}

/// A header as text; a value that is not UTF-8 counts as absent.
fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).unwrap_or_default()
}

/// The host of a URL, without user information and port. The rest of a referrer is nobody's business.
fn host(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else { return "" };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.rsplit_once(':').map_or(host, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn of_a_referrer_only_the_host_is_kept() {
        for (url, expected) in [
            ("https://news.example.com/a?q=secret#x", "news.example.com"),
            ("http://user:password@example.com:8080/", "example.com"),
            ("https://example.com?q", "example.com"),
            ("android-app://com.example.reader/", "com.example.reader"),
            ("about:blank", ""),
            ("", ""),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
