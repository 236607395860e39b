//! Everything that the services stand on: the cloud, the database, identity and telemetry of one run.

use std::path::Path;
use std::sync::Arc;

use crate::StackError;
use crate::collector::Collector;
use crate::emulator::Emulator;
use crate::issuer::Issuer;
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
        let resources = provision(&operator, names, postgres.migrator_password()).await?;
        step.done(&resources.click_queue_url);

        // What checks tokens and policies will stand between the services and the emulator; today nothing does.
        let aws_endpoint = emulator.endpoint().to_owned();
        Ok(Self {
            collector,
            workload_api,
            tokens,
            issuer,
            resources,
            operator,
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
        drop((self.collector, self.workload_api, self.tokens, self.issuer));
        self.postgres.stop().await;
        drop(self.postgres);
        self.emulator.stop().await;
        drop(self.scratch);
        removed
    }

    /// Where services find AWS: what `AWS_ENDPOINT_URL` names.
    #[must_use]
    pub fn aws_endpoint(&self) -> &str {
        &self.aws_endpoint
    }

    /// The emulator; services do not know its address unless it is also [`Platform::aws_endpoint`].
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

/// Names in an emulator that stays, and that others may use too, must not collide with theirs.
fn suffix(options: &StackOptions, emulator: &Emulator) -> String {
    if options.name_suffix.is_empty() && emulator.process().is_none() {
        return StackOptions::for_tests().name_suffix;
    }
    options.name_suffix.clone()
}
