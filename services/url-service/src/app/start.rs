//! Starting: identity, database, queue, listeners, in this order, each refusing to go on without the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client as Queue;
use axum::Router;
use click_contract::Batch;
use database::{Database, schema};
use identity::spiffe::{MtlsAcceptor, Svid, TlsServer};
use runtime::health::Weight;
use runtime::http_server::{self, Limits, Plaintext};
use runtime::lifecycle::{BoxError, Chain, Task};
use runtime::{ServiceContext, StartError};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{App, AppState};
use crate::clicks::publisher::{Publisher, Sender};
use crate::clicks::recorder::{Outlet, Recorder};
use crate::clicks::redelivery::Redelivery;
use crate::clicks::spool::Spool;
use crate::clicks::visitor::VisitorHasher;
use crate::internal::{InternalMetrics, internal};
use crate::links::cache::LinkCache;
use crate::links::invalidation;
use crate::middleware::HttpMetrics;
use crate::random::Random;
use crate::routes::{self, RedirectMetrics};
use crate::settings::{self, PublicTls, Settings};
use crate::store;

/// How often old rows are deleted.
const HOUSEKEEPING: Duration = Duration::from_hours(1);

/// Starts the service.
pub(super) async fn start(settings: Settings, context: ServiceContext) -> Result<Vec<Task>, StartError> {
    let (aws, svid) = tokio::try_join!(
        async {
            identity::irsa::connect(&settings.irsa, &context).await.map_err(|e| failed("assume the role", e))
        },
        async { Svid::obtain(&settings.spiffe, &context).await.map_err(|e| failed("obtain an SVID", e)) },
    )?;
    let database = connect(&settings.database, &aws, &context).await?;
    let random =
        Random::from_system(Arc::clone(&context.clock)).map_err(|e| failed("seed the random source", e))?;
    let sender = Sender::new(Queue::new(&aws), settings.clicks.queue_url.clone(), &context);
    probe_queue(&sender, &random, &context).await?;

    let acceptor =
        MtlsAcceptor::new(svid.clone(), std::slice::from_ref(&settings.listeners.internal_client), &context)
            .map_err(|error| failed("set up mutual TLS", error))?;
    let public_tls = settings.listeners.public_tls;
    let public = bind("public", settings.listeners.public).await?;
    let internal_listener = bind("internal", settings.listeners.internal).await?;

    let worker = settings.listeners.internal_client.clone();
    let clicks = settings.clicks.clone();
    let secret_refresh = settings.database.secret_refresh;
    let (app, outlet) = app(settings, database, random, &context).await?;
    let public_router = routes::public(Arc::clone(&app));
    let internal_router = internal(Arc::clone(&app), worker);
    let limits = Limits::default();
    let mut tasks = vec![
        public_task(public, public_tls, svid, public_router, limits)?,
        Task::spawn("internal listener", |stop| {
            http_server::serve(internal_listener, acceptor, internal_router, limits, stop)
        }),
    ];
    let spool =
        Spool::open(&clicks.spool_directory).map_err(|error| failed("open the click spool", error))?;
    tasks.extend(click_tasks(&app, clicks.flush, spool, sender, outlet, &context));
    tasks.extend(database_tasks(&app, secret_refresh, &context));
    Ok(tasks)
}

fn public_task(
    listener: TcpListener,
    tls: PublicTls,
    svid: Svid,
    router: Router,
    limits: Limits,
) -> Result<Task, StartError> {
    const NAME: &str = "public listener";
    Ok(match tls {
        PublicTls::Off => {
            Task::spawn(NAME, move |stop| http_server::serve(listener, Plaintext, router, limits, stop))
        }
        PublicTls::Svid => {
            let tls = TlsServer::new(svid).map_err(|error| failed("set up TLS", error))?;
            Task::spawn(NAME, move |stop| http_server::serve(listener, tls, router, limits, stop))
        }
    })
}

fn failed(doing: &str, error: impl Into<BoxError>) -> StartError {
    StartError::new(doing, error)
}

async fn connect(
    settings: &settings::Database,
    aws: &aws_config::SdkConfig,
    context: &ServiceContext,
) -> Result<Database, StartError> {
    let secrets = aws_sdk_secretsmanager::Client::new(aws);
    let connection = settings.connection.clone();
    let database = Database::connect(connection, "url-service", settings.max_connections, secrets, context)
        .await
        .map_err(|error| failed("connect to the database", error))?;
    let mut connection =
        database.acquire().await.map_err(|error| failed("connect to the database", error))?;
    schema::check(&mut connection).await.map_err(|error| failed("check the database schema", error))?;
    drop(connection);
    Ok(database)
}

/// A batch without clicks: the only proof that a role with nothing but `sqs:SendMessage` can give that the
/// queue exists and its key may be used.
async fn probe_queue(sender: &Sender, random: &Random, context: &ServiceContext) -> Result<(), StartError> {
    let probe = Batch::probe(random.id(), context.clock.unix_seconds());
    sender.send(&probe, &[]).await.map_err(|error| failed("send a probe to the click queue", error))
}

async fn bind(name: &str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| failed(&format!("bind the {name} listener to {address}"), error))
}

async fn app(
    settings: Settings,
    database: Database,
    random: Random,
    context: &ServiceContext,
) -> Result<(AppState, Outlet), StartError> {
    let now = context.clock.unix_seconds();
    let visitors = VisitorHasher::new(&random, now);
    visitors
        .read_keys(&database, &random, now)
        .await
        .map_err(|error| failed("read the visitor keys", error))?;
    let (recorder, outlet) = Recorder::new(settings.clicks, random.clone(), now, &context.metrics);
    let http_metrics = HttpMetrics::new(&context.metrics);
    let app = App {
        clock: Arc::clone(&context.clock),
        random,
        database,
        cache: Arc::new(LinkCache::new(settings.cache, &context.metrics)),
        clicks: Arc::new(recorder),
        visitors,
        visitors_settings: settings.visitors,
        targets: settings.targets,
        base_url: settings.base_url,
        redirect_metrics: RedirectMetrics::new(http_metrics.clone()),
        http_metrics,
        internal_metrics: InternalMetrics::new(&context.metrics),
        root_sampling: context.root_sampling,
    };
    Ok((Arc::new(app), outlet))
}

/// Stopped after the listeners, so that the last click is flushed too.
fn click_tasks(
    app: &AppState,
    flush: Duration,
    spool: Spool,
    sender: Sender,
    outlet: Outlet,
    context: &ServiceContext,
) -> [Task; 2] {
    let check = context.health.check("click_queue", Weight::Informational);
    let redelivery = Redelivery::new(sender.clone(), spool.clone(), check.clone(), context);
    let recorder = Arc::clone(&app.clicks);
    let publisher = Publisher::new(sender, recorder, outlet, spool, flush, check, context);
    [
        Task::spawn("click publisher", |stop| publisher.run(stop)),
        Task::spawn("click redelivery", |stop| redelivery.run(stop)),
    ]
}

fn database_tasks(app: &AppState, secret_refresh: Duration, context: &ServiceContext) -> [Task; 4] {
    let check = context.health.check("link_changes", Weight::Informational);
    let (database, cache) = (app.database.clone(), Arc::clone(&app.cache));
    let visitors = app.visitors.clone();
    let (keys_database, random, clock) = (app.database.clone(), app.random.clone(), Arc::clone(&app.clock));
    let rotating = app.database.clone();
    let tidied = Arc::clone(app);
    [
        Task::spawn("link changes", |stop| invalidation::follow(database, cache, check, stop)),
        Task::spawn("visitor keys", |stop| visitors.follow(keys_database, random, clock, stop)),
        Task::spawn("database credentials", async move |stop| {
            tokio::select! {
                () = stop.cancelled() => {}
                () = rotating.follow_rotation(secret_refresh) => {}
            }
            Ok(())
        }),
        Task::spawn("housekeeping", |stop| keep_house(tidied, stop)),
    ]
}

async fn keep_house(app: AppState, stop: CancellationToken) -> Result<(), BoxError> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
        match delete_old(&app, app.now()).await {
            Ok(deleted) => tracing::info!(
                batches = deleted.batches,
                visitors = deleted.visitors,
                visitor_keys = deleted.visitor_keys,
                "deleted what was too old"
            ),
            Err(error) => tracing::warn!(error = %Chain(error.as_ref()), "could not delete what is too old"),
        }
    }
}

async fn delete_old(app: &App, now: OffsetDateTime) -> Result<store::housekeeping::Deleted, BoxError> {
    let mut connection = app.database.acquire().await?;
    Ok(store::housekeeping::delete_old(&mut connection, now).await?)
}
