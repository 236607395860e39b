//! Everything that the services stand on: the cloud, the database, identity and telemetry of one run.

use std::path::Path;
use std::sync::Arc;

use aws_gate::{Config, Gate, Sources};

use crate::StackError;
use crate::account::{self, ENDPOINT, account};
use crate::collector::Collector;
use crate::emulator::Emulator;
use crate::faults::Faults;
use crate::issuer::Issuer;
use crate::log_file::LogFile;
use crate::names::ResourceNames;
use crate::operator::Operator;
use crate::options::StackOptions;
use crate::postgres::Postgres;
use crate::process::Process;
use crate::progress::Progress;
use crate::projected_token::ProjectedTokens;
use crate::provision::{Resources, provision, remove};
use crate::scratch::Scratch;
use crate::workload_api::WorkloadApi;

/// The name of the log of the gate's decisions.
const DECISIONS: &str = "aws-gate";

/// The parts that stand in for a cluster and an AWS account. Services are started on top of it.
#[derive(Debug)]
pub struct Platform {
    // Dropped in this order: the reverse of the start, the scratch directory last.
    collector: Collector,
    workload_api: WorkloadApi,
    tokens: ProjectedTokens,
    issuer: Arc<Issuer>,
    resources: Resources,
    operator: Operator,
    gate: Gate,
    faults: Option<Faults>,
    aws_endpoint: String,
    postgres: Postgres,
    emulator: Emulator,
    scratch: Scratch,
}

impl Platform {
    /// Starts everything; what was started is ended again when a later part fails.
    ///
    /// # Errors
    ///
    /// When a prerequisite is missing or a part does not start.
    pub async fn start(options: &StackOptions, progress: &Progress) -> Result<Self, StackError> {
        let scratch = Scratch::new()?;
        let (emulator, postgres) = tokio::try_join!(
            Emulator::start(options.emulator.as_deref(), &scratch, progress),
            Postgres::start(&scratch, &options.database_names, progress),
        )?;

        let step = progress.begin("local identity");
        let issuer = Arc::new(Issuer::start().await?);
        let tokens = ProjectedTokens::start(&scratch, Arc::clone(&issuer), options.token_life)?;
        let workload_api = WorkloadApi::start(&scratch, options.svid_life)?;
        let collector = Collector::start().await?;
        step.done(&format!("issuer {}", issuer.url()));

        let step = progress.begin("provisioning");
        let operator = Operator::new(emulator.endpoint());
        let names = ResourceNames::new(suffix(options, &emulator));
        let mut resources = provision(&operator, names, postgres.migrator_password()).await?;
        step.done(&resources.arns.click_queue);

        let step = progress.begin("aws-gate");
        let trusted = options.issuer.as_ref().map_or(issuer.url(), |published| &published.url);
        let config = Config {
            emulator: emulator.endpoint().to_owned(),
            doors: account::doors(),
            decision_log: Some(scratch.log(DECISIONS).path().to_owned()),
            account: account(&resources, trusted, options.session_life)?,
            issuers_at: options.issuers_at(),
        };
        let gate = Gate::start(config, Sources::system().map_err(StackError::Randomness)?).await?;
        let aws_endpoint = door(&gate, ENDPOINT)?;
        resources.seen_at(emulator.endpoint(), &aws_endpoint);
        step.done(&aws_endpoint);

        let faults = if options.faults { Some(Faults::start(&aws_endpoint).await?) } else { None };
        Ok(Self {
            collector,
            workload_api,
            tokens,
            issuer,
            resources,
            operator,
            gate,
            faults,
            aws_endpoint,
            postgres,
            emulator,
            scratch,
        })
    }

    /// Ends everything in reverse order, removes what was made in an emulator that stays, and the scratch directory.
    ///
    /// # Errors
    ///
    /// When resources could not be removed from an emulator that stays; everything has ended all the same.
    pub async fn stop(self) -> Result<(), StackError> {
        let removed = match self.emulator.process() {
            Some(_) => Ok(()),
            None => remove(&self.operator, &self.resources).await,
        };
        drop((self.gate, self.collector, self.workload_api, self.tokens, self.issuer));
        self.postgres.stop().await;
        drop(self.postgres);
        self.emulator.stop().await;
        drop(self.scratch);
        removed
    }

    /// The gate, which checks tokens, signatures and policies.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The address of a door of the gate, such as [`account::INTERNET`].
    ///
    /// # Errors
    ///
    /// When there is no such door.
    pub fn door(&self, name: &str) -> Result<String, StackError> {
        door(&self.gate, name)
    }

    /// The log of the gate's decisions, one JSON object a line.
    #[must_use]
    pub fn decisions(&self) -> LogFile {
        self.scratch.log(DECISIONS)
    }

    /// Where services find AWS: what `AWS_ENDPOINT_URL` names.
    #[must_use]
    pub fn aws_endpoint(&self) -> &str {
        &self.aws_endpoint
    }

    /// What can take STS and Secrets Manager away; none unless [`StackOptions::faults`] is set.
    #[must_use]
    pub fn faults(&self) -> Option<&Faults> {
        self.faults.as_ref()
    }

    /// The emulator; services do not know its address.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The operator's clients, which bypass [`Platform::aws_endpoint`].
    #[must_use]
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The queues, secrets and keys.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The database.
    #[must_use]
    pub fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    /// The issuer of projected tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The token files.
    #[must_use]
    pub fn tokens(&self) -> &ProjectedTokens {
        &self.tokens
    }

    /// The Workload API.
    #[must_use]
    pub fn workload_api(&self) -> &WorkloadApi {
        &self.workload_api
    }

    /// The telemetry collector.
    #[must_use]
    pub fn collector(&self) -> &Collector {
        &self.collector
    }

    /// The directory of this run; it goes with the stack.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// The processes that have to live as long as the stack does.
    pub(crate) fn processes(&self) -> (Option<&Process>, Arc<Process>) {
        (self.emulator.process(), self.postgres.process())
    }
}

fn door(gate: &Gate, name: &str) -> Result<String, StackError> {
    gate.url(name).ok_or_else(|| StackError::Unknown { what: "door of the gate", name: name.to_owned() })
}

/// Names in an emulator that stays, and that others may use too, must not collide with theirs.
fn suffix(options: &StackOptions, emulator: &Emulator) -> String {
    if options.name_suffix.is_empty() && emulator.process().is_none() {
        return StackOptions::for_tests().name_suffix;
    }
    options.name_suffix.clone()
}
