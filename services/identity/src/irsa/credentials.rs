//! Temporary credentials that are renewed early and served until they truly expire.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideFuture;
use aws_credential_types::provider::{
    ProvideCredentials, Result as ProvideResult, SharedCredentialsProvider,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use runtime::health::{Check, Weight};
use runtime::lifecycle::Chain;
use runtime::{Clock, ServiceContext};

use super::failure::Failure;
use crate::life::{self, Life};

/// Renewal begins when this share of the credentials' life is over.
const RENEW_AFTER: f64 = 0.5;
/// The wait between failed renewals, at least and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// One attempt with the SDK's own retries. Without it, an STS that takes the connection and never answers
/// would stop all renewals for good.
const ATTEMPT: Duration = Duration::from_secs(15);
/// Renew at least this often, so that a role whose trust was withdrawn is noticed.
const RENEW_AT_LEAST: Duration = Duration::from_hours(1);

/// Asks `source` once, within [`ATTEMPT`].
///
/// # Errors
/// When STS refuses, cannot be reached, or does not answer in time.
pub(super) async fn ask(source: &impl ProvideCredentials) -> ProvideResult {
    let answered = tokio::time::timeout(ATTEMPT, source.provide_credentials()).await;
    answered.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(ATTEMPT)))
}

/// The credentials of one assumed role.
pub struct IrsaCredentials {
    source: SharedCredentialsProvider,
    current: Arc<RwLock<Assumed>>,
    clock: Arc<dyn Clock>,
    check: Check,
    renewals: Counter,
    failures: Family<Failure, Counter>,
}

/// Credentials, and when they were given; STS does not say the latter.
struct Assumed {
    credentials: Credentials,
    at: Duration,
}

impl Assumed {
    fn life(&self) -> Life {
        let expiry = self.credentials.expiry();
        let ends = expiry.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Life { began: Some(self.at), ends }
    }
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
        source: SharedCredentialsProvider,
        context: &ServiceContext,
    ) -> Result<Self, CredentialsError> {
        let first = ask(&source).await?;
        let metrics = &context.metrics;
        let assumed = Assumed { credentials: first.clone(), at: context.clock.since_epoch() };
        let this = Self {
            source,
            current: Arc::new(RwLock::new(assumed)),
            clock: Arc::clone(&context.clock),
            check: context.health.check("aws_credentials", Weight::Informational),
            renewals: metrics.register("aws_credentials_renewals", "Roles assumed", Counter::default()),
            failures: metrics.register(
                "aws_credentials_failures",
                "Roles that could not be assumed, by reason",
                Family::default(),
            ),
        };
        let current = Arc::clone(&this.current);
        life::register(context, "aws_credentials", true, move || {
            current.read().unwrap_or_else(PoisonError::into_inner).life()
        });
        this.accept(first);
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
            match ask(&self.source).await {
                Ok(credentials) => {
                    self.accept(credentials);
                    retry = RETRY.0;
                }
                Err(error) => {
                    self.note_failure(&error);
                    tracing::error!(
                        error = %Chain(&error),
                        valid_for_seconds = self.life_left().unwrap_or_default().as_secs(),
                        "could not renew the AWS credentials"
                    );
                }
            }
        }
    }

    fn accept(&self, credentials: Credentials) {
        let assumed = Assumed { credentials, at: self.clock.since_epoch() };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = assumed;
        self.renewals.inc();
        self.check.up();
        let expires_in_seconds = self.life_left().unwrap_or_default().as_secs();
        tracing::info!(expires_in_seconds, "assumed the role");
    }

    fn note_failure(&self, error: &CredentialsError) {
        self.failures.get_or_create(&Failure::of(error)).inc();
        let left = self.life_left().unwrap_or_default();
        self.check.down(match left {
            Duration::ZERO => "renewal fails; expired".to_owned(),
            left => format!("renewal fails; valid for another {} s", left.as_secs()),
        });
    }

    /// How long to wait before renewing; `None` when renewal is overdue.
    fn renewal_due(&self) -> Option<Duration> {
        let left = self.life_left()?;
        let wait = left.mul_f64(RENEW_AFTER).min(RENEW_AT_LEAST);
        (!self.check.is_down() && wait > RETRY.0).then_some(wait)
    }

    fn life_left(&self) -> Option<Duration> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).life().left(self.clock.as_ref())
    }

    async fn provide(&self) -> ProvideResult {
        if self.life_left().is_some_and(|left| left > Duration::ZERO) {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            return Ok(current.credentials.clone());
        }
        // Expired because STS was away for longer than the credentials lived: ask on behalf of the caller,
        // who logs what comes of it.
        let credentials = ask(&self.source).await.inspect_err(|error| self.note_failure(error))?;
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

#[cfg(test)]
mod tests;
