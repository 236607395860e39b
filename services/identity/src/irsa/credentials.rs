//! Temporary credentials that are renewed early and served until they truly expire.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideFuture;
use aws_credential_types::provider::{ProvideCredentials, Result as ProvideResult};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use runtime::health::{Check, Weight};
use runtime::lifecycle::Chain;
use runtime::{Clock, ServiceContext};

/// Renewal begins when this share of the credentials' life is over.
const RENEW_AFTER: f64 = 0.5;
/// The wait between failed renewals, at least and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// Renew at least this often, so that a role whose trust was withdrawn is noticed.
const RENEW_AT_LEAST: Duration = Duration::from_hours(1);

/// The credentials of one assumed role.
pub struct IrsaCredentials {
    source: WebIdentityTokenCredentialsProvider,
    current: RwLock<Credentials>,
    clock: Arc<dyn Clock>,
    check: Check,
    expires: Gauge<i64, AtomicI64>,
    renewals: Counter<u64, AtomicU64>,
    failures: Counter<u64, AtomicU64>,
}

impl std::fmt::Debug for IrsaCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IrsaCredentials").finish_non_exhaustive()
    }
}

impl IrsaCredentials {
    /// Assumes the role for the first time.
    ///
    /// # Errors
    /// When STS refuses or cannot be reached.
    pub(super) async fn assume(
        source: WebIdentityTokenCredentialsProvider,
        context: &ServiceContext,
    ) -> Result<Self, CredentialsError> {
        let current = source.provide_credentials().await?;
        let metrics = &context.metrics;
        let this = Self {
            source,
            clock: Arc::clone(&context.clock),
            check: context.health.check("aws_credentials", Weight::Informational),
            expires: metrics.register(
                "aws_credentials_expiry_timestamp_seconds",
                "When the current AWS credentials expire",
                Gauge::default(),
            ),
            renewals: metrics.register("aws_credentials_renewals", "Roles assumed", Counter::default()),
            failures: metrics.register("aws_credentials_failures", "Failed renewals", Counter::default()),
            current: RwLock::new(current.clone()),
        };
        this.accept(current);
        Ok(this)
    }

    /// Renews the credentials for as long as the process lives.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        let mut retry = RETRY.0;
        loop {
            if let Some(wait) = self.renewal_due() {
                tokio::time::sleep(wait).await;
            } else {
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(RETRY.1);
            }
            match self.source.provide_credentials().await {
                Ok(credentials) => {
                    self.accept(credentials);
                    retry = RETRY.0;
                }
                Err(error) => self.note_failure(&error),
            }
        }
    }

    fn accept(&self, credentials: Credentials) {
        let expiry =
            credentials.expiry().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        self.expires.set(i64::try_from(expiry.as_secs()).unwrap_or(i64::MAX));
        self.renewals.inc();
        self.check.up();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = credentials;
        tracing::info!(expires_in_seconds = self.left(expiry).as_secs(), "assumed the role");
    }

    fn note_failure(&self, error: &CredentialsError) {
        self.failures.inc();
        let left = self.life_left().unwrap_or_default();
        self.check.down(format!("renewal fails; valid for another {} s", left.as_secs()));
        tracing::error!(
            error = %Chain(error),
            valid_for_seconds = left.as_secs(),
            "could not renew the AWS credentials"
        );
    }

    /// How long to wait before renewing; `None` when renewal is overdue.
    fn renewal_due(&self) -> Option<Duration> {
        let left = self.life_left()?;
        let wait = left.mul_f64(RENEW_AFTER).min(RENEW_AT_LEAST);
        (!self.check.is_down() && wait > RETRY.0).then_some(wait)
    }

    fn life_left(&self) -> Option<Duration> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let expiry = current.expiry()?.duration_since(UNIX_EPOCH).ok()?;
        Some(self.left(expiry))
    }

    fn left(&self, expiry: Duration) -> Duration {
        expiry.saturating_sub(self.clock.since_epoch())
    }

    async fn provide(&self) -> ProvideResult {
        if self.life_left().is_some_and(|left| left > Duration::ZERO) {
            return Ok(self.current.read().unwrap_or_else(PoisonError::into_inner).clone());
        }
        // Expired because STS was away for longer than the credentials lived: ask on behalf of the caller.
        let credentials = self.source.provide_credentials().await?;
        self.accept(credentials.clone());
        Ok(credentials)
    }
}

impl ProvideCredentials for IrsaCredentials {
    fn provide_credentials<'a>(&'a self) -> ProvideFuture<'a>
    where
        Self: 'a,
    {
        ProvideFuture::new(self.provide())
    }
}
