//! IAM roles for service accounts: AWS credentials from a projected token and from nothing else.
//!
//! The SDK's default chain looks at environment keys and profiles *before* the projected token and falls
//! back to the container's and the node's credentials *after* it. Both are how a pod ends up with a role
//! that is not its own, so the chain is never used: [`Settings::read`] refuses an environment that offers
//! another source, and [`connect`] builds the one provider that is left.
//! (<https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html>)

mod credentials;
mod failure;
mod settings;
mod token;

use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use runtime::ServiceContext;

pub use credentials::IrsaCredentials;
pub use settings::Settings;

/// Assumes the role and returns the configuration that every AWS client of the process is built from.
/// Credentials are renewed in the background, long before they expire, until the process ends.
///
/// # Errors
/// When STS refuses the token or cannot be reached: the process must not start without credentials.
pub async fn connect(settings: &Settings, context: &ServiceContext) -> Result<SdkConfig, CredentialsError> {
    tokio::spawn(token::watch(settings.token_file.clone(), context));
    let source = SharedCredentialsProvider::new(web_identity(settings));
    let credentials = Arc::new(IrsaCredentials::assume(source, context).await?);
    tokio::spawn(Arc::clone(&credentials).keep_fresh());
    Ok(configuration(settings, SharedCredentialsProvider::from(credentials as Arc<_>)).await)
}

/// Assumes the role for a process that ends before its credentials do, so that nothing renews them.
///
/// # Errors
/// When STS refuses the token or cannot be reached.
pub async fn connect_once(settings: &Settings) -> Result<SdkConfig, CredentialsError> {
    let credentials = credentials::ask(&web_identity(settings)).await?;
    Ok(configuration(settings, SharedCredentialsProvider::new(credentials)).await)
}

fn web_identity(settings: &Settings) -> WebIdentityTokenCredentialsProvider {
    // The STS client inside the provider takes its endpoint from the environment only (`AWS_ENDPOINT_URL`,
    // `AWS_ENDPOINT_URL_STS`). Profiles cannot interfere: `Settings` refuses every way to have one.
    let region = Region::new(settings.region.clone());
    WebIdentityTokenCredentialsProvider::builder()
        .configure(&ProviderConfig::without_region().with_region(Some(region)))
        .static_configuration(StaticConfiguration {
            web_identity_token_file: settings.token_file.clone(),
            role_arn: settings.role_arn.clone(),
            session_name: settings.session_name.clone(),
        })
        .build()
}

async fn configuration(settings: &Settings, credentials: SharedCredentialsProvider) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        // `IrsaCredentials` caches and renews by itself and keeps serving credentials that are still valid
        // while STS is away; the SDK's cache would turn a failed early renewal into a failed call.
        .identity_cache(IdentityCache::no_cache())
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_attempt_timeout(Duration::from_secs(10))
                .build(),
        )
        .load()
        .await
}
