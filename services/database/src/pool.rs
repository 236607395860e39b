//! A pool of connections that survives the rotation of its credentials.
//!
//! Rotation alternates between two database users, as AWS's multi-user rotation does: the new credentials
//! work before the old ones end. Open connections stay; new ones take the credentials that were read last.
//! When the server refuses them, the secret is read again and the connection is tried once more, so that
//! even a rotation which nobody announced costs no request. Whoever holds a connection of its own, and would
//! lose it when the old user is revoked, is told of the new one.
//! (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#rotation-strategy>)

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use identity::life::{self, Life};
use identity::secret::{self, DatabaseCredentials, SecretError};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use runtime::health::{Check, Weight};
use runtime::lifecycle::Chain;
use runtime::{Clock, ServiceContext};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use tokio::sync::{Mutex, watch};

use crate::settings::Settings;

/// How long a request waits for a connection before it is told that the database is away.
const ACQUIRE: Duration = Duration::from_secs(3);
/// The longest life of a connection; those of a retired user are gone after it.
const LIFE: Duration = Duration::from_mins(30);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The secret could not be read.
    #[error("cannot read the database credentials")]
    Secret(#[from] SecretError),
    /// The database refused or could not be reached.
    #[error("cannot connect to the database")]
    Connect(#[from] sqlx::Error),
}

/// The database. Cheap to clone; all clones share one pool.
#[derive(Clone, Debug)]
pub struct Database {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    settings: Settings,
    application: &'static str,
    secrets: Client,
    clock: Arc<dyn Clock>,
    /// How often the secret was read. With `reading`, a storm of refusals reads it once.
    generation: AtomicU64,
    reading: Mutex<()>,
    /// The user that was read last, and since when its credentials exist.
    user: watch::Sender<String>,
    life: Arc<RwLock<Life>>,
    check: Check,
    secret_check: Check,
    read_at: Gauge,
    read_failures: Counter,
    refusals: Counter,
}

impl Database {
    /// Reads the credentials and opens the first connection.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(
        settings: Settings,
        application: &'static str,
        max_connections: u32,
        secrets: Client,
        context: &ServiceContext,
    ) -> Result<Self, ConnectError> {
        let credentials = secret::database_credentials(&secrets, &settings.secret_id).await?;
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(ACQUIRE)
            .max_lifetime(LIFE)
            .connect_with(settings.options(&credentials, application))
            .await?;
        let life = Arc::new(RwLock::new(life_of(&credentials)));
        let observed = Arc::clone(&life);
        life::register(context, "database_credentials", false, move || {
            *observed.read().unwrap_or_else(PoisonError::into_inner)
        });
        let metrics = &context.metrics;
        let counter = |name, help| metrics.register(name, help, Counter::default());
        let inner = Inner {
            pool,
            settings,
            application,
            secrets,
            clock: Arc::clone(&context.clock),
            generation: AtomicU64::new(0),
            reading: Mutex::new(()),
            user: watch::Sender::new(credentials.username),
            life,
            check: context.health.check("database", Weight::Informational),
            secret_check: context.health.check("database_secret", Weight::Informational),
            read_at: metrics.register(
                "database_credentials_read_timestamp_seconds",
                "When the database credentials were last read",
                Gauge::default(),
            ),
            read_failures: counter(
                "database_credentials_read_failures",
                "Times that the database credentials could not be read",
            ),
            refusals: counter(
                "database_credentials_refused",
                "Connections that the database refused for their credentials",
            ),
        };
        inner.check.up();
        inner.secret_check.up();
        inner.read_at.set(inner.clock.unix_seconds());
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A connection; reads the secret again when the database refuses the credentials.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, ConnectError> {
        self.with_current_credentials(|| self.inner.pool.acquire()).await
    }

    /// A connection that listens on `channel`, made with the credentials that were read last; reads the secret
    /// again when the database refuses them. It is none of the pool's, because those may be of an earlier user,
    /// and it is not made again by itself, because whoever listens has to know what was missed.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn listener(&self, channel: &str) -> Result<PgListener, ConnectError> {
        let listen = async || {
            let options = self.inner.pool.connect_options().as_ref().clone();
            let alone = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE).max_lifetime(None);
            let alone = alone.idle_timeout(None).connect_with(options).await?;
            let mut listener = PgListener::connect_with(&alone).await?;
            listener.eager_reconnect(false);
            listener.listen(channel).await?;
            Ok(listener)
        };
        self.with_current_credentials(listen).await
    }

    async fn with_current_credentials<T, F>(&self, connect: impl Fn() -> F) -> Result<T, ConnectError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let before = self.inner.generation.load(Ordering::Acquire);
        let result = match connect().await {
            Err(error) if refuses_credentials(&error) => {
                self.inner.refusals.inc();
                tracing::warn!("the database refuses the credentials; reading the secret again");
                self.read_credentials(before).await?;
                connect().await
            }
            result => result,
        };
        match result {
            Ok(connection) => {
                self.inner.check.up();
                Ok(connection)
            }
            Err(error) => {
                self.inner.check.down("cannot connect");
                Err(error.into())
            }
        }
    }

    /// Changes whenever another database user is to be used.
    #[must_use]
    pub fn rotations(&self) -> watch::Receiver<String> {
        self.inner.user.subscribe()
    }

    /// Reads the secret every `interval`, so that a planned rotation is followed before it is noticed.
    pub async fn follow_rotation(self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            let before = self.inner.generation.load(Ordering::Acquire);
            if let Err(error) = self.read_credentials(before).await {
                tracing::error!(error = %Chain(&error), "could not read the database credentials again");
            }
        }
    }

    /// Reads the secret unless somebody did since `before`.
    async fn read_credentials(&self, before: u64) -> Result<(), SecretError> {
        let inner = &self.inner;
        let _alone = inner.reading.lock().await;
        if inner.generation.load(Ordering::Acquire) != before {
            return Ok(());
        }
        let read = secret::database_credentials(&inner.secrets, &inner.settings.secret_id).await;
        let credentials = read.inspect_err(|_| {
            inner.read_failures.inc();
            inner.secret_check.down("cannot be read; the known credentials go on");
        })?;
        inner.secret_check.up();
        inner.pool.set_connect_options(inner.settings.options(&credentials, inner.application));
        inner.read_at.set(inner.clock.unix_seconds());
        *inner.life.write().unwrap_or_else(PoisonError::into_inner) = life_of(&credentials);
        inner.generation.store(before + 1, Ordering::Release);
        inner.user.send_if_modified(|user| {
            std::mem::replace(user, credentials.username.clone()) != credentials.username
        });
        Ok(())
    }
}

/// A secret has no end of its own: it lives until it is rotated.
fn life_of(credentials: &DatabaseCredentials) -> Life {
    Life { began: credentials.created, ends: None }
}

/// 28P01 `invalid_password`, 28000 `invalid_authorization_specification`: a rotated password and a dropped
/// user. (<https://www.postgresql.org/docs/current/errcodes-appendix.html>)
fn refuses_credentials(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if matches!(error.code().as_deref(), Some("28P01" | "28000")))
}
