//! Takes the place of all three services in the tests of the stack itself: under the name `migrate` it fills the
//! secrets and ends, under any other it is ready until SIGTERM.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let program = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    if program.ends_with("migrate") { migrate(&environment).await } else { serve(&environment).await }
}

async fn migrate(environment: &BTreeMap<String, String>) -> Result<(), Failure> {
    let secrets = aws_sdk_secretsmanager::Client::new(&assumed_role(environment)?);
    for (name, value) in [("URL_SERVICE_SECRET_ID", "{}"), ("FIRST_API_KEY_SECRET_ID", "zte_test_key")] {
        let call = secrets.put_secret_value().secret_id(variable(environment, name)?);
        call.secret_string(value).send().await?;
    }
    Ok(())
}

/// The role of the environment, which the gate asks for as of any service.
fn assumed_role(environment: &BTreeMap<String, String>) -> Result<SdkConfig, Failure> {
    let region = Region::new(variable(environment, "AWS_REGION")?.to_owned());
    let credentials = WebIdentityTokenCredentialsProvider::builder()
        .configure(&ProviderConfig::without_region().with_region(Some(region.clone())))
        .static_configuration(StaticConfiguration {
            web_identity_token_file: variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE")?.into(),
            role_arn: variable(environment, "AWS_ROLE_ARN")?.to_owned(),
            session_name: variable(environment, "AWS_ROLE_SESSION_NAME")?.to_owned(),
        })
        .build();
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .endpoint_url(variable(environment, "AWS_ENDPOINT_URL")?)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}

async fn serve(environment: &BTreeMap<String, String>) -> Result<(), Failure> {
    let mut terminated = signal(SignalKind::terminate())?;
    let names: Vec<_> = environment.keys().map(String::as_str).collect();
    let metrics = names.join("\n");
    let router =
        Router::new().route("/readyz", get(|| async {})).route("/metrics", get(|| async move { metrics }));
    let listener = TcpListener::bind(variable(environment, "ADMIN_LISTEN")?).await?;
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        terminated.recv().await;
    });
    Ok(serving.await?)
}

fn variable<'a>(environment: &'a BTreeMap<String, String>, name: &str) -> Result<&'a str, Failure> {
    environment.get(name).map(String::as_str).ok_or_else(|| format!("{name} is not set").into())
}
