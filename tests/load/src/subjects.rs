//! What is measured: url-service in a running stack, and the bare server, on one core, with the same links.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use stack::service::Addresses;
use stack::{Changes, Progress, Service, Stack, StackOptions};

use crate::accounting;
use crate::cores::Cores;
use crate::error::LoadError;
use crate::links;
use crate::server::{self, Server};

/// Calls of the API at once while links are created.
const CREATORS: usize = 8;
/// The share of redirects that begin a trace: the services' own default.
const SAMPLING: f64 = 0.01;

/// The servers and what they stand on.
pub(crate) struct Subjects<'a> {
    pub(crate) stack: Stack,
    pub(crate) bare: Bare,
    pub(crate) cores: &'a Cores,
    programs: PathBuf,
    /// The identifier of link 0, the hot one.
    hot_link: String,
}

/// The bare server.
pub(crate) struct Bare {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
}

/// One more process of url-service, for as long as something is measured on it.
pub(crate) struct Replica {
    pub(crate) server: Server,
    pub(crate) public: SocketAddr,
}

impl<'a> Subjects<'a> {
    /// Starts everything, creates the links, then starts url-service anew on the server's core.
    pub(crate) async fn start(
        count: usize,
        cores: &'a Cores,
        progress: &Progress,
    ) -> Result<Self, LoadError> {
        let executable = std::env::current_exe().map_err(LoadError::system("find this executable"))?;
        let programs = executable.parent().unwrap_or(Path::new(".")).to_owned();
        let options = StackOptions {
            sampling: SAMPLING,
            binaries: Some(programs.clone()),
            ..StackOptions::for_tests()
        };
        let stack = Stack::start(options, progress).await?;
        let step = progress.begin("links");
        let hot_link = create_links(&stack, count).await?;
        step.done(&format!("{count} created through the API"));

        let log = stack.platform().directory().join("bare.log");
        let bare = start_bare(&programs, count, &log, cores)?;
        let subjects = Self { stack, bare, cores, programs, hot_link };
        subjects.move_url_service().await?;
        Ok(subjects)
    }

    /// The measured process of url-service.
    pub(crate) fn url_service(&self) -> Result<&Service, LoadError> {
        self.stack.url_services().first().ok_or_else(|| LoadError::unexpected("the stack", "no url-service"))
    }

    /// The address of the redirects.
    pub(crate) fn public(&self) -> Result<SocketAddr, LoadError> {
        Ok(loopback(self.url_service()?.addresses().public))
    }

    /// Starts another process of url-service with an environment that differs in addresses and spool only, and
    /// waits until it is ready.
    pub(crate) fn start_replica(&self) -> Result<Replica, LoadError> {
        let ports = Addresses {
            public: server::free_port()?,
            internal: server::free_port()?,
            admin: server::free_port()?,
        };
        let directory = self.stack.platform().directory().join(format!("replica-{}", ports.public));
        std::fs::create_dir_all(&directory).map_err(LoadError::system("make a directory"))?;
        let changes = Changes::none()
            .set("PUBLIC_LISTEN", loopback(ports.public).to_string())
            .set("INTERNAL_LISTEN", loopback(ports.internal).to_string())
            .set("ADMIN_LISTEN", loopback(ports.admin).to_string())
            .set("CLICK_SPOOL_DIRECTORY", directory.display().to_string());
        let environment = self.url_service()?.environment().clone().with(&changes);
        let log = directory.join("log");
        let program = self.programs.join("url-service");
        let server = Server::start(&program, &[], environment.iter(), &log, self.cores)?;
        server::wait_until("a replica of url-service", &log, || {
            server::answers(loopback(ports.admin), "/readyz").then_some(())
        })?;
        Ok(Replica { server, public: loopback(ports.public) })
    }

    /// Visits of the hot link, as its owner reads them.
    pub(crate) async fn hot_statistics(&self) -> Result<u64, LoadError> {
        let url = format!("{}/api/v1/links/{}/stats", self.stack.public_url(), self.hot_link);
        let answer = self.stack.api()?.get(&url).await?;
        let total = answer.json::<serde_json::Value>()?.get("total").and_then(serde_json::Value::as_u64);
        total.ok_or_else(|| LoadError::unexpected("the statistics of a link", answer.text()))
    }

    /// Worker threads of the runtimes in url-service and in the bare server.
    pub(crate) fn worker_threads(&self) -> Result<[usize; 2], LoadError> {
        let count = |pid| -> Result<usize, LoadError> {
            Ok(accounting::threads(pid)?.iter().filter(|thread| thread.name.starts_with("tokio-")).count())
        };
        Ok([count(self.url_service()?.process().pid())?, count(self.bare.server.pid())?])
    }

    /// Ends everything.
    pub(crate) async fn stop(self) -> Result<(), LoadError> {
        drop(self.bare);
        Ok(self.stack.stop().await?)
    }

    async fn move_url_service(&self) -> Result<(), LoadError> {
        let service = self.url_service()?;
        let on_core = self.cores.enter_server_core()?;
        service.restart().await?;
        drop(on_core);
        let platform = self.stack.platform();
        let emulator = platform.emulator().process().map(stack::Process::pid);
        for pid in [service.process().pid(), self.bare.server.pid()] {
            self.cores.ensure_on_server_core(pid)?;
        }
        for pid in [self.stack.worker().process().pid(), platform.postgres().process().pid()]
            .into_iter()
            .chain(emulator)
        {
            self.cores.ensure_apart(pid)?;
        }
        Ok(())
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn start_bare(programs: &Path, links: usize, log: &Path, cores: &Cores) -> Result<Bare, LoadError> {
    let arguments = ["--links".to_owned(), links.to_string()];
    let server = Server::start(&programs.join("bare"), &arguments, [], log, cores)?;
    let address = server::wait_until("the bare server", log, || {
        std::fs::read_to_string(log).ok()?.lines().next()?.parse().ok()
    })?;
    Ok(Bare { server, address })
}

/// Creates the links of a run; the identifier of the first.
async fn create_links(stack: &Stack, count: usize) -> Result<String, LoadError> {
    let url = format!("{}/api/v1/links", stack.public_url());
    let creators = (0..CREATORS).map(|creator| {
        let (client, url) = (stack.api(), url.clone());
        tokio::spawn(async move {
            let client = client?;
            let mut first = None;
            for number in (creator..count).step_by(CREATORS) {
                let body = serde_json::json!({ "slug": links::slug(number), "url": links::target(number) });
                let answer = client.send_json(http::Method::POST, &url, &body).await?;
                if answer.status != http::StatusCode::CREATED {
                    return Err(LoadError::unexpected("the answer to a new link", answer.text()));
                }
                if number == 0 {
                    first = answer
                        .json::<serde_json::Value>()?
                        .get("id")
                        .and_then(|id| id.as_str().map(str::to_owned));
                }
            }
            Ok(first)
        })
    });
    let mut hot = None;
    for creator in creators.collect::<Vec<_>>() {
        let created = creator.await.map_err(|error| LoadError::unexpected("a task", error.to_string()))??;
        hot = hot.or(created);
    }
    hot.ok_or_else(|| LoadError::unexpected("the answer to a new link", "no id"))
}
