//! A cluster from its first namespace to the running system.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stack::Progress;
use time::OffsetDateTime;

use crate::account_values::account_values;
use crate::authority::{Authority, write};
use crate::aws::Facts;
use crate::deploy::{self, Values};
use crate::engines::Engines;
use crate::extent::Extent;
use crate::kubectl::Kubectl;
use crate::machine::{Machine, run};
use crate::node::Node;
use crate::ownership::{BASE, clean, take_over};
use crate::plan::Plan;
use crate::platform::Platform;
use crate::probe::Outcome;
use crate::registry::Registry;
use crate::wait::until;
use crate::{ClusterError, control_plane, images, network};

/// The file that says what another process needs to use the cluster.
const HELD: &str = "held.json";

/// What another process needs to use the cluster.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    /// The inits of the node and of the AWS side.
    machines: [u32; 2],
    images: BTreeMap<String, String>,
}

/// A running cluster with the system on it. It ends when dropped, and also when this process is killed.
#[derive(Debug)]
pub struct Cluster {
    plan: Plan,
    directory: PathBuf,
    kubectl: Kubectl,
    facts: Facts,
    images: BTreeMap<String, String>,
    // Dropped in this order.
    node: Machine,
    aws: Machine,
    /// The lock on the directory; none when another process holds the cluster.
    owner: Option<File>,
}

impl Cluster {
    /// Starts cluster `plan` as far as `extent` says. `now` is the time that certificates count from.
    ///
    /// # Errors
    ///
    /// When a part does not start; what was started is gone then.
    pub async fn start(
        plan: Plan,
        extent: Extent,
        now: OffsetDateTime,
        progress: &Progress,
    ) -> Result<Self, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Err(ClusterError::NotRoot);
        }
        let step = progress.begin("programs");
        let engines = Engines::build(extent.engines())?;
        let services = extent.release().map(images::build_services).transpose()?;
        step.done("engines, and the services as static programs");

        let directory = Path::new(BASE).join(plan.name());
        let owner = take_over(plan, &directory)?;
        let step = progress.begin("control plane");
        let authority = Authority::new("cluster", &directory, now)?;
        let (mut node, mut aws) = machines(plan, &engines, &directory)?;
        let control = control_plane::start(&mut node, &engines, &authority, plan, &directory)?;
        let kubectl = Kubectl::new(engines.path("kubectl")?, &control.administrator);
        step.done(&format!("https://{}:6443", plan.node()));

        let step = progress.begin("AWS side");
        let aws_authority = start_aws(&mut aws, &kubectl, plan, &directory, now)?;
        let facts = wait_for_aws(&mut aws, &directory)?;
        step.done(&facts.emulator);

        let images = BTreeMap::new();
        let mut cluster = Self { plan, directory, kubectl, facts, images, node, aws, owner: Some(owner) };
        if let Some(services) = services {
            let mut outcome = cluster.start_node(&engines, &authority, &services, progress).await;
            if outcome.is_ok() {
                outcome = cluster.deploy(&authority, aws_authority, *progress);
            }
            if let Err(error) = outcome {
                // The logs stay, for whoever asks why.
                cluster.owner = None;
                return Err(error);
            }
        }
        let held =
            Held { machines: [cluster.node.init(), cluster.aws.init()], images: cluster.images.clone() };
        write(&cluster.directory.join(HELD), &serde_json::to_string(&held).unwrap_or_default(), 0o600)?;
        Ok(cluster)
    }

    async fn start_node(
        &mut self,
        engines: &Engines,
        authority: &Authority,
        services: &Path,
        progress: &Progress,
    ) -> Result<(), ClusterError> {
        let step = progress.begin("node");
        let (plan, directory, node) = (self.plan, self.directory.as_path(), &mut self.node);
        control_plane::start_webhook(node, engines, authority, plan, directory)?;
        let registry = Registry::start(node, plan, directory)?;
        let pause = registry.push("pause", engines.path("pause")?, None).await?;
        Node { machine: node, engines, authority, plan, directory, pause_image: &pause }.start()?;
        self.images = images::push(&registry, engines, services).await?;
        step.done(&plan.node().to_string());
        Ok(())
    }

    fn deploy(
        &self,
        authority: &Authority,
        aws_authority: String,
        progress: Progress,
    ) -> Result<(), ClusterError> {
        let step = progress.begin("platform");
        let authority = authority.certificate();
        let mut platform = Platform::new(&self.kubectl, self.plan, &self.directory, authority, &self.images);
        platform.start()?;
        step.done("DNS, pod identity webhook, SPIRE, metrics");

        let step = progress.begin("system");
        let database = &self.facts.database_authority;
        let values = Values {
            account: account_values(self.plan, &self.facts, &self.images),
            database_authority: fs::read_to_string(database).map_err(ClusterError::file("read", database))?,
            aws_authority,
        };
        let overlay = deploy::overlay(&self.directory, &values)?;
        deploy::apply(&self.kubectl, &overlay)?;
        deploy::register(&self.kubectl, &self.plan.name())?;
        deploy::wait(&self.kubectl)?;
        step.done("url-service, worker, migrate");

        let step = progress.begin("scaling");
        platform.start_scaling(&values.aws_authority)?;
        step.done("KEDA");
        Ok(())
    }

    /// A cluster that another process holds: this one may use it, and does not end it.
    ///
    /// # Errors
    ///
    /// When there is none, or it is not ready yet.
    pub fn attach(plan: Plan) -> Result<Self, ClusterError> {
        let directory = Path::new(BASE).join(plan.name());
        let path = directory.join(HELD);
        let text = fs::read_to_string(&path).map_err(ClusterError::file("read", &path))?;
        let held: Held = serde_json::from_str(&text)
            .map_err(|error| ClusterError::Answer { what: HELD.to_owned(), answer: error.to_string() })?;
        let kubectl = Engines::build(&["kubectl"])?;
        let machine = |init| Machine::attach(init, &directory.join("logs"), kubectl.search_path());
        let [node, aws] = held.machines.map(machine);
        let kubectl = Kubectl::new(kubectl.path("kubectl")?, &directory.join("administrator.kubeconfig"));
        let facts = Facts::read(&directory)?;
        Ok(Self { plan, directory, kubectl, facts, images: held.images, node, aws, owner: None })
    }

    /// The addresses.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Everything that this run writes.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// kubectl as the administrator.
    #[must_use]
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// What the AWS side made.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The image `name`, by digest.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<&str> {
        self.images.get(name).map(String::as_str)
    }

    /// The manifests that were applied.
    #[must_use]
    pub fn overlay(&self) -> PathBuf {
        self.directory.join("kubernetes/overlays/local")
    }

    /// A command on the node.
    #[must_use]
    pub fn on_node(&self, program: &str) -> Command {
        self.node.command(program)
    }

    /// A command on the AWS side.
    #[must_use]
    pub fn on_aws(&self, program: &Path) -> Command {
        self.aws.command(program)
    }

    /// Refuses when a program that the cluster needs has ended.
    ///
    /// # Errors
    ///
    /// With the program's name and log.
    pub fn check(&mut self) -> Result<(), ClusterError> {
        self.node.check()?;
        self.aws.check()
    }

    /// Tries to connect to each address from inside the network namespace of process `pid`, 0 for this machine.
    ///
    /// # Errors
    ///
    /// When the attempt could not be made.
    pub fn probe(&self, pid: u32, addresses: &[SocketAddr]) -> Result<Vec<Outcome>, ClusterError> {
        let program = helper()?;
        let mut command = if pid == 0 {
            Command::new(&program)
        } else {
            let mut command = Command::new("nsenter");
            command.args(["--target", &pid.to_string(), "--net", "--"]).arg(&program);
            command
        };
        let text = run(command.arg("probe").args(addresses.iter().map(SocketAddr::to_string)))?;
        serde_json::from_str(&text)
            .map_err(|error| ClusterError::Answer { what: "probe".to_owned(), answer: error.to_string() })
    }

    /// The process that is the init of the node.
    #[must_use]
    pub fn node_process(&self) -> u32 {
        self.node.init()
    }

    /// What the operator would read with `aws secretsmanager get-secret-value`.
    ///
    /// # Errors
    ///
    /// When the secret has no value.
    pub fn secret(&self, id: &str) -> Result<String, ClusterError> {
        let text = run(self.on_aws(&helper()?).args(["secret", &self.facts.emulator, id]))?;
        Ok(text.trim().to_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.owner.is_none() {
            return;
        }
        // In this order: with the machines go processes, mounts and rules; what is left are directories.
        self.node.stop();
        self.aws.stop();
        clean(self.plan, &self.directory);
    }
}

/// The command `cluster`: a test's own executable cannot stand in for it.
fn helper() -> Result<PathBuf, ClusterError> {
    let executable = std::env::current_exe().map_err(ClusterError::file("find", "this program"))?;
    let folder = executable.parent().unwrap_or(Path::new("."));
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.join("cluster"))
}

fn machines(plan: Plan, engines: &Engines, directory: &Path) -> Result<(Machine, Machine), ClusterError> {
    let (pause, logs) = (engines.path("pause")?, directory.join("logs"));
    let node = Machine::start("the node", pause, &logs, engines.search_path())?;
    let aws = Machine::start("the AWS side", pause, &logs, engines.search_path())?;
    network::connect(plan, &node, &aws)?;
    Ok((node, aws))
}

/// Starts the AWS side, which trusts the keys that this API server publishes, and returns its authority.
fn start_aws(
    aws: &mut Machine,
    kubectl: &Kubectl,
    plan: Plan,
    directory: &Path,
    now: OffsetDateTime,
) -> Result<String, ClusterError> {
    let keys = kubectl.run(&["get", "--raw", "/openid/v1/jwks"])?;
    write(&directory.join("issuer-keys.json"), &keys, 0o644)?;
    let authority = Authority::new("aws", directory, now)?;
    let names = plan.endpoints().map(|(name, _)| name.to_owned());
    authority.server("aws-endpoints", &names)?;
    let number = plan.number().to_string();
    let arguments = ["aws-side".into(), "--number".into(), number.into(), directory.as_os_str().to_owned()];
    aws.spawn("aws-side", helper()?, arguments)?;
    Ok(authority.certificate().to_owned())
}

fn wait_for_aws(aws: &mut Machine, directory: &Path) -> Result<Facts, ClusterError> {
    until("the AWS side", Duration::from_mins(2), || {
        aws.check().map_err(|error| error.to_string())?;
        Facts::read(directory).map_err(|error| error.to_string())
    })
}
