//! The whole stack: the platform, the migrations, the services.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::select_all;

use crate::StackError;
use crate::http_client::HttpClient;
use crate::names::Workload;
use crate::options::StackOptions;
use crate::platform::Platform;
use crate::ports;
use crate::process::Process;
use crate::progress::Progress;
use crate::service::{self, Addresses, Binaries, Changes, Finished, Service};

/// How long the migrations may take.
const MIGRATIONS: Duration = Duration::from_mins(1);

/// A running stack. End it with [`Stack::stop`]; dropping it kills what it started.
#[derive(Debug)]
pub struct Stack {
    // Dropped in this order: the reverse of the start.
    worker: Service,
    url_services: Vec<Service>,
    api_key: String,
    http: HttpClient,
    platform: Platform,
    binaries: Binaries,
    options: StackOptions,
}

impl Stack {
    /// Starts everything and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When the port is taken, a prerequisite is missing, or a part does not start; what was started is ended.
    pub async fn start(options: StackOptions, progress: &Progress) -> Result<Self, StackError> {
        options.public_port.map_or(Ok(()), ports::ensure_free)?;
        let binaries = Binaries::locate(options.binaries.as_deref());
        binaries.ensure_built()?;
        let platform = Platform::start(&options, progress).await?;
        migrate(&platform, &binaries, &options, progress).await?;
        let url_services = start_url_services(&platform, &binaries, &options, progress).await?;
        let worker = start_worker(&platform, &binaries, &options, &url_services, progress).await?;
        let api_key = first_api_key(&platform).await?;
        let http = HttpClient::new();
        Ok(Self { worker, url_services, api_key, http, platform, binaries, options })
    }

    /// Ends everything in reverse order; nothing of it is left.
    ///
    /// # Errors
    ///
    /// When resources could not be removed from an emulator that stays; everything has ended all the same.
    pub async fn stop(self) -> Result<(), StackError> {
        self.worker.terminate().await;
        drop(self.worker);
        for url_service in self.url_services.iter().rev() {
            url_service.terminate().await;
        }
        drop(self.url_services);
        self.platform.stop().await
    }

    /// As [`Stack::stop`], but kills the services instead of waiting for them: a worker ends its last long poll first,
    /// which takes up to 20 s.
    ///
    /// # Errors
    ///
    /// As for [`Stack::stop`].
    pub async fn kill(self) -> Result<(), StackError> {
        for service in self.url_services.iter().chain([&self.worker]) {
            service.kill().await;
        }
        self.stop().await
    }

    /// What the services stand on.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The processes of url-service: at least one.
    #[must_use]
    pub fn url_services(&self) -> &[Service] {
        &self.url_services
    }

    /// The worker.
    #[must_use]
    pub fn worker(&self) -> &Service {
        &self.worker
    }

    /// The base address of the first url-service's public listener.
    #[must_use]
    pub fn public_url(&self) -> String {
        self.url_services.first().map(Service::public_url).unwrap_or_default()
    }

    /// The first API key, with every scope.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// A client without credentials.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// A client that sends the first API key.
    ///
    /// # Errors
    ///
    /// When the key has a character that a header cannot carry.
    pub fn api(&self) -> Result<HttpClient, StackError> {
        self.http.with_bearer(&self.api_key)
    }

    /// Runs a service's binary to its end, with differences from the environment that it has in this stack: for
    /// start-ups that must be refused. It gets free ports.
    ///
    /// # Errors
    ///
    /// When it does not end within `limit`.
    pub async fn run(
        &self,
        workload: Workload,
        changes: &Changes,
        limit: Duration,
    ) -> Result<Finished, StackError> {
        let addresses = Addresses::reserve()?;
        let environment = match workload {
            Workload::UrlService => {
                service::url_service(&self.platform, &self.options, addresses, &self.public_url())?
            }
            Workload::Worker => {
                service::worker(&self.platform, &self.options, addresses, internal_port(&self.url_services))?
            }
            Workload::Migrate => service::migrate(&self.platform, &self.options)?,
        };
        let name = format!("{}-once-{}", workload.name(), addresses.admin);
        let log = self.platform.scratch().log(&name);
        service::run(&name, &self.binaries.path(workload)?, &environment.with(changes), log, limit).await
    }

    /// Waits for the first process that ends by itself; the error names it.
    pub async fn first_death(&self) -> StackError {
        let (emulator, postgres) = self.platform.processes();
        let services: Vec<_> =
            self.url_services.iter().chain([&self.worker]).map(Service::process).chain([postgres]).collect();
        let processes = services.iter().map(AsRef::as_ref).chain(emulator);
        let deaths = processes.map(|process: &Process| {
            async move {
                let status = process.exited().await;
                process.died(status)
            }
            .boxed()
        });
        select_all(deaths).await.0
    }
}

async fn migrate(
    platform: &Platform,
    binaries: &Binaries,
    options: &StackOptions,
    progress: &Progress,
) -> Result<(), StackError> {
    let step = progress.begin("migrations");
    let name = Workload::Migrate.name();
    let log = platform.scratch().log(name);
    let environment = service::migrate(platform, options)?;
    let program = binaries.path(Workload::Migrate)?;
    let finished = service::run(name, &program, &environment, log.clone(), MIGRATIONS).await?;
    if finished.code != Some(0) {
        let outcome = finished.code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        return Err(StackError::Command { name: name.to_owned(), outcome, tail: log.tail() });
    }
    step.done("done");
    Ok(())
}

async fn start_url_services(
    platform: &Platform,
    binaries: &Binaries,
    options: &StackOptions,
    progress: &Progress,
) -> Result<Vec<Service>, StackError> {
    let step = progress.begin("url-service");
    let mut first = Addresses::reserve()?;
    first.public = options.public_port.unwrap_or(first.public);
    let base_url = format!("http://127.0.0.1:{}", first.public);
    let mut services = Vec::new();
    for replica in 1..=options.url_service_replicas.max(1) {
        let addresses = if replica == 1 { first } else { Addresses::reserve()? };
        let workload = Workload::UrlService;
        let name =
            if replica == 1 { workload.name().to_owned() } else { format!("{}-{replica}", workload.name()) };
        let environment = service::url_service(platform, options, addresses, &base_url)?;
        let log = platform.scratch().log(&name);
        let program = binaries.path(workload)?;
        services.push(Service::start(workload, name, program, environment, addresses, log)?);
    }
    for service in &services {
        service.wait_ready().await?;
    }
    step.done(&base_url);
    Ok(services)
}

async fn start_worker(
    platform: &Platform,
    binaries: &Binaries,
    options: &StackOptions,
    url_services: &[Service],
    progress: &Progress,
) -> Result<Service, StackError> {
    let step = progress.begin("worker");
    let workload = Workload::Worker;
    let name = workload.name().to_owned();
    let addresses = Addresses::reserve()?;
    let environment = service::worker(platform, options, addresses, internal_port(url_services))?;
    let log = platform.scratch().log(&name);
    let worker = Service::start(workload, name, binaries.path(workload)?, environment, addresses, log)?;
    worker.wait_ready().await?;
    step.done(&worker.admin_url());
    Ok(worker)
}

fn internal_port(url_services: &[Service]) -> u16 {
    url_services.first().map(|service| service.addresses().internal).unwrap_or_default()
}

async fn first_api_key(platform: &Platform) -> Result<String, StackError> {
    let id = platform.resources().names.first_api_key_secret();
    let missing = || StackError::Unknown { what: "API key in the secret that", name: id.clone() };
    platform.operator().secret(&id).await?.ok_or_else(missing)
}
