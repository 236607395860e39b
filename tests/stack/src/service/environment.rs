//! The environment of each service: the local values of the variables that its manifest sets, and nothing else.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::instance::Addresses;
use crate::StackError;
use crate::names::{REGION, TRUST_DOMAIN, Workload};
use crate::options::StackOptions;
use crate::platform::Platform;
use crate::postgres::{DATABASE, HOST};

/// A service's whole environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

/// Differences from an environment: what a test sets or takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<String, Option<String>>);

impl Environment {
    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The variables, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// This environment with these differences.
    #[must_use]
    pub fn with(mut self, changes: &Changes) -> Self {
        for (name, value) in &changes.0 {
            match value {
                Some(value) => self.0.insert(name.clone(), value.clone()),
                None => self.0.remove(name),
            };
        }
        self
    }

    pub(super) fn variables(&self) -> BTreeMap<String, OsString> {
        self.0.iter().map(|(name, value)| (name.clone(), value.into())).collect()
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Changes {
    /// No differences.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets a variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), Some(value.into()));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        self.0.insert(name.to_owned(), None);
        self
    }
}

/// The environment of a process of url-service that listens on `addresses`, the first of which gives the base URL.
pub(crate) fn url_service(
    platform: &Platform,
    options: &StackOptions,
    addresses: Addresses,
    base_url: &str,
) -> Result<Environment, StackError> {
    let mut environment = common(platform, options, Workload::UrlService)?;
    let names = &platform.resources().names;
    serving(&mut environment, platform, Workload::UrlService, addresses)?;
    database(&mut environment, platform, names.url_service_database_secret());
    environment.set("PUBLIC_LISTEN", listen(addresses.public));
    environment.set("INTERNAL_LISTEN", listen(addresses.internal));
    environment.set("PUBLIC_BASE_URL", base_url);
    environment.set("INTERNAL_CLIENT_SPIFFE_ID", Workload::Worker.spiffe_id());
    let spool = platform.scratch().directory(&format!("spool-{}", addresses.public))?;
    environment.set("CLICK_SPOOL_DIRECTORY", spool.display().to_string());
    Ok(environment.with(&options.changes(Workload::UrlService)))
}

/// The environment of the worker, which delivers to the first process of url-service.
pub(crate) fn worker(
    platform: &Platform,
    options: &StackOptions,
    addresses: Addresses,
    internal_port: u16,
) -> Result<Environment, StackError> {
    let mut environment = common(platform, options, Workload::Worker)?;
    serving(&mut environment, platform, Workload::Worker, addresses)?;
    environment.set("INTERNAL_BASE_URL", format!("https://127.0.0.1:{internal_port}"));
    environment.set("INTERNAL_SERVER_SPIFFE_ID", Workload::UrlService.spiffe_id());
    Ok(environment.with(&options.changes(Workload::Worker)))
}

/// The environment of the migrations.
pub(crate) fn migrate(platform: &Platform, options: &StackOptions) -> Result<Environment, StackError> {
    let mut environment = common(platform, options, Workload::Migrate)?;
    let names = &platform.resources().names;
    database(&mut environment, platform, names.migrate_database_secret());
    environment.set("URL_SERVICE_SECRET_ID", names.url_service_database_secret());
    environment.set("FIRST_API_KEY_SECRET_ID", names.first_api_key_secret());
    Ok(environment.with(&options.changes(Workload::Migrate)))
}

fn common(
    platform: &Platform,
    options: &StackOptions,
    workload: Workload,
) -> Result<Environment, StackError> {
    let mut environment = Environment::default();
    let token = platform.tokens().path(workload)?;
    environment.set("AWS_REGION", REGION);
    environment.set("AWS_ROLE_ARN", workload.role_arn());
    environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", token.display().to_string());
    environment.set("AWS_ROLE_SESSION_NAME", workload.name());
    environment.set("AWS_ENDPOINT_URL", platform.aws_endpoint());
    if let Some(faults) = platform.faults() {
        environment.set("AWS_ENDPOINT_URL_STS", faults.sts().url());
        environment.set("AWS_ENDPOINT_URL_SECRETS_MANAGER", faults.secrets_manager().url());
    }
    environment.set("LOG_FILTER", "info");
    environment.set("OTEL_EXPORTER_OTLP_ENDPOINT", platform.collector().endpoint());
    environment.set("OTEL_TRACES_SAMPLER_ARG", options.sampling.to_string());
    Ok(environment)
}

fn serving(
    environment: &mut Environment,
    platform: &Platform,
    workload: Workload,
    addresses: Addresses,
) -> Result<(), StackError> {
    let socket = platform.workload_api().socket(workload)?;
    environment.set("SPIFFE_ENDPOINT_SOCKET", format!("unix:{}", socket.display()));
    environment.set("SPIFFE_TRUST_DOMAIN", TRUST_DOMAIN);
    environment.set("ADMIN_LISTEN", listen(addresses.admin));
    environment.set("CLICK_QUEUE_URL", &platform.resources().click_queue_url);
    // Nothing here has to learn that an endpoint goes away, so nothing is gained by waiting for it.
    environment.set("SHUTDOWN_UNREADY_SECONDS", "0");
    Ok(())
}

fn database(environment: &mut Environment, platform: &Platform, secret: String) {
    let postgres = platform.postgres();
    environment.set("PGHOST", HOST);
    environment.set("PGPORT", postgres.port().to_string());
    environment.set("PGDATABASE", DATABASE);
    environment.set("PGSSLMODE", "verify-full");
    environment.set("PGSSLROOTCERT", postgres.root_certificate().display().to_string());
    environment.set("DATABASE_SECRET_ID", secret);
}

fn listen(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
