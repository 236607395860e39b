//! What may differ between one stack and another.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::random_text;
use crate::names::Workload;
use crate::service::Changes;

/// An issuer that is none of the stack's: a cluster's.
#[derive(Debug, Clone)]
pub struct PublishedIssuer {
    /// Its name in tokens, `https://host/path`.
    pub url: String,
    /// The loopback address where its discovery document and its keys are, in place of the host.
    pub at: SocketAddr,
}

impl PublishedIssuer {
    fn host(&self) -> Option<&str> {
        self.url.strip_prefix("https://")?.split('/').next()
    }
}

/// How a stack is to be.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// The port of the public listener; none for a free one.
    pub public_port: Option<u16>,
    /// Appended to the names of queues, secrets and keys, so that stacks can share an emulator.
    pub name_suffix: String,
    /// The address of an emulator that runs already, `http://host:port`; none to start one.
    pub emulator: Option<String>,
    /// The issuer of the services' tokens, when it is not the stack's own.
    pub issuer: Option<PublishedIssuer>,
    /// Host names of the database, which its certificate is to name beside its address.
    pub database_names: Vec<String>,
    /// The share of traces that services export, 0 to 1.
    pub sampling: f64,
    /// How many processes of url-service to start; the worker speaks to the first.
    pub url_service_replicas: usize,
    /// The life of a projected token. AWS asks for at least 600 s; tests may ask for less.
    pub token_life: Duration,
    /// The longest session of a role. AWS asks for at least an hour; tests may ask for less.
    pub session_life: Duration,
    /// The life of an SVID.
    pub svid_life: Duration,
    /// Whether STS and Secrets Manager can be taken away: [`crate::faults`] stand in front of both then.
    pub faults: bool,
    /// Differences from the environment that each workload's manifest gives it.
    pub environment: BTreeMap<Workload, Changes>,
    /// Where the services' binaries are; none to look in `STACK_BIN_DIR`, then beside the running executable.
    pub binaries: Option<PathBuf>,
}

impl StackOptions {
    /// As deployed: the names of a deployment, every trace exported so that a developer sees them.
    #[must_use]
    pub fn for_developer(public_port: u16) -> Self {
        Self { public_port: Some(public_port), name_suffix: String::new(), ..Self::for_tests() }
    }

    /// For a test: a free port and names of its own.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {
            public_port: None,
            name_suffix: format!("-{}", random_text(8).to_lowercase()),
            emulator: None,
            issuer: None,
            database_names: Vec::new(),
            sampling: 1.0,
            url_service_replicas: 1,
            token_life: Duration::from_hours(1),
            session_life: Duration::from_hours(1),
            svid_life: Duration::from_mins(10),
            faults: false,
            environment: BTreeMap::new(),
            binaries: None,
        }
    }

    /// Adds differences from a workload's environment.
    #[must_use]
    pub fn with_environment(mut self, workload: Workload, changes: Changes) -> Self {
        self.environment.insert(workload, changes);
        self
    }

    /// Host names of issuers, and where they are published on this machine.
    pub(crate) fn issuers_at(&self) -> BTreeMap<String, SocketAddr> {
        let published = self.issuer.iter();
        published.filter_map(|issuer| Some((issuer.host()?.to_owned(), issuer.at))).collect()
    }

    /// The differences that this stack wants for `workload`.
    pub(crate) fn changes(&self, workload: Workload) -> Changes {
        self.environment.get(&workload).cloned().unwrap_or_default()
    }
}
