//! A control plane with the engines that decide about admission: the API server's own policies, AWS's webhook and
//! Kyverno. It has no node, so that pods stay pending, and no AWS side.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;
use stack::Progress;
use time::OffsetDateTime;

use crate::authority::{Authority, Identity, write};
use crate::engines::Engines;
use crate::kubectl::Kubectl;
use crate::machine::Machine;
use crate::ownership::{BASE, clean, take_over};
use crate::plan::{Plan, REGISTRY};
use crate::platform::Platform;
use crate::registry::Registry;
use crate::{ClusterError, control_plane, kyverno, network};

/// A program of the control plane that a test may take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Kubernetes' API server.
    ApiServer,
    /// Kyverno's admission controller.
    Kyverno,
    /// AWS's webhook, which gives pods the token of their role.
    PodIdentityWebhook,
    /// The registry, as Kyverno sees it.
    Registry,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::Kyverno => kyverno::NAME,
            Self::PodIdentityWebhook => "pod-identity-webhook",
            Self::Registry => "registry-tls",
        }
    }
}

/// A running control plane with its engines. It ends when dropped, and also when this process is killed.
#[derive(Debug)]
pub struct AdmissionCluster {
    plan: Plan,
    directory: PathBuf,
    kubectl: Kubectl,
    engines: Engines,
    registry: Registry,
    node: Machine,
    /// The lock on the directory.
    _owner: File,
}

impl AdmissionCluster {
    /// Starts it with the addresses of `plan`. `now` is the time that certificates count from.
    ///
    /// # Errors
    ///
    /// When a part does not start; what was started is gone then.
    pub fn start(plan: Plan, now: OffsetDateTime, progress: &Progress) -> Result<Self, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Err(ClusterError::NotRoot);
        }
        let step = progress.begin("programs");
        let engines = Engines::build(&[
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kubectl",
            "kyverno",
            "cosign",
            "pause",
            "pod-identity-webhook",
        ])?;
        step.done("control plane, AWS's webhook, Kyverno");

        let directory = Path::new(BASE).join(plan.name());
        let owner = take_over(plan, &directory)?;
        let step = progress.begin("control plane");
        let authority = Authority::new("cluster", &directory, now)?;
        let (pause, logs) = (engines.path("pause")?, directory.join("logs"));
        let mut node = Machine::start("the node", pause, &logs, engines.search_path())?;
        network::enter(plan, &node)?;
        let registry = start_registry(&mut node, &authority, plan, &directory)?;
        let control = control_plane::start(&mut node, &engines, &authority, plan, &directory)?;
        let kubectl = Kubectl::new(engines.path("kubectl")?, &control.administrator);
        control_plane::start_webhook(&mut node, &engines, &authority, plan, &directory)?;
        Platform::new(&kubectl, plan, &directory, authority.certificate(), &BTreeMap::new())
            .apply("pod-identity-webhook")?;
        step.done(&format!("https://{}:6443", plan.node()));

        let step = progress.begin("Kyverno");
        kyverno::start(&mut node, &engines, &authority, plan, &directory, &kubectl)?;
        step.done("its webhooks are registered");
        Ok(Self { plan, directory, kubectl, engines, registry, node, _owner: owner })
    }

    /// Pushes an image of one small program to the registry and returns its reference by digest, under the registry's
    /// name in production. Another `user` makes another image.
    ///
    /// # Errors
    ///
    /// When the registry does not take it.
    pub fn push(&self, name: &str, user: &str) -> impl Future<Output = Result<String, ClusterError>> + use<> {
        let (registry, name, user) = (self.registry.clone(), name.to_owned(), user.to_owned());
        let program = self.engines.path("pause").map(Path::to_owned);
        async move { registry.push(&name, &program?, Some(&user)).await }
    }

    /// cosign, with `arguments` in which the registry of a reference is replaced by the registry's address.
    #[must_use]
    pub fn cosign(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.engines.path("cosign").unwrap_or(Path::new("cosign")));
        let here = self.plan.registry();
        command.args(arguments.iter().map(|argument| argument.replace(REGISTRY, &here)));
        command
    }

    /// The API server's address.
    #[must_use]
    pub fn server(&self) -> String {
        format!("https://{}:6443", self.plan.node())
    }

    /// The authority of the API server's certificate.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.directory.join("cluster.crt")
    }

    /// The administrator's certificate and key.
    #[must_use]
    pub fn administrator(&self) -> (PathBuf, PathBuf) {
        let Identity { certificate, key } = Identity::of("administrator", &self.directory);
        (certificate, key)
    }

    /// kubectl as the administrator.
    #[must_use]
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// Everything that this run writes.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What a program has logged.
    ///
    /// # Errors
    ///
    /// When its log cannot be read.
    pub fn log(&self, program: Program) -> Result<String, ClusterError> {
        let path = self.node.log(program.name());
        std::fs::read_to_string(&path).map_err(ClusterError::file("read", &path))
    }

    /// What the API server wrote down about who asked for which change, one event a line.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub fn audit_log(&self) -> Result<String, ClusterError> {
        let path = self.directory.join("logs/audit.log");
        std::fs::read_to_string(&path).map_err(ClusterError::file("read", &path))
    }

    /// Ends a program and waits until it has ended. Kyverno is told to, as by a rollout; the API server crashes, for it
    /// would first wait for everybody who watches something.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn stop(&mut self, program: Program) -> Result<(), ClusterError> {
        let signal = if program == Program::ApiServer { Signal::KILL } else { Signal::TERM };
        self.node.end(program.name(), signal)
    }

    /// Starts a program again that has ended; Kyverno is asked once it is ready, see [`AdmissionCluster::ready`].
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_again(&mut self, program: Program) -> Result<(), ClusterError> {
        if program == Program::Kyverno {
            kyverno::close(&self.node)?;
        }
        self.node.start_again(program.name())
    }

    /// Halts a program: it keeps its connections and answers nothing.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn halt(&self, program: Program) -> Result<(), ClusterError> {
        self.node.signal(program.name(), Signal::STOP)
    }

    /// Lets a halted program go on.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn resume(&self, program: Program) -> Result<(), ClusterError> {
        self.node.signal(program.name(), Signal::CONT)
    }

    /// Whether Kyverno is asked; if it was started again and has read every policy since, it is from now on.
    ///
    /// # Errors
    ///
    /// When the rules of the network cannot be changed.
    pub fn ready(&self) -> Result<bool, ClusterError> {
        kyverno::open_when_ready(&self.node, &self.kubectl)
    }

    /// Brings every program back that a test took away and, having failed, did not give back.
    ///
    /// # Errors
    ///
    /// When one cannot be started.
    pub fn revive(&mut self) -> Result<(), ClusterError> {
        for program in [Program::Registry, Program::ApiServer, Program::Kyverno, Program::PodIdentityWebhook]
        {
            if self.node.runs(program.name()) {
                self.resume(program)?;
            } else {
                self.start_again(program)?;
            }
        }
        Ok(())
    }

    /// Refuses when a program that the cluster needs has ended.
    ///
    /// # Errors
    ///
    /// With the program's name and log.
    pub fn check(&mut self) -> Result<(), ClusterError> {
        self.node.check()
    }
}

/// Starts the registry twice on one store: for this machine in clear, and for Kyverno under the name and port that images
/// have in production, with a certificate of the cluster's authority.
fn start_registry(
    node: &mut Machine,
    authority: &Authority,
    plan: Plan,
    directory: &Path,
) -> Result<Registry, ClusterError> {
    let hosts = directory.join("hosts");
    write(&hosts, &format!("127.0.0.1 localhost\n{} {REGISTRY}\n", plan.node()), 0o644)?;
    node.run("mount", ["--bind".as_ref(), hosts.as_os_str(), "/etc/hosts".as_ref()])?;
    let registry = Registry::start(node, plan, directory)?;
    let identity = authority.server("registry-tls", &[REGISTRY.to_owned()])?;
    let config = json!({
        "version": 0.1,
        "storage": { "filesystem": { "rootdirectory": directory.join("registry") } },
        "http": {
            "addr": format!("{}:443", plan.node()),
            "tls": { "certificate": identity.certificate, "key": identity.key },
        },
    });
    let file = directory.join("registry-tls.json");
    write(&file, &config.to_string(), 0o600)?;
    node.spawn("registry-tls", "docker-registry", ["serve".into(), file.into_os_string()])?;
    Ok(registry)
}

impl Drop for AdmissionCluster {
    fn drop(&mut self) {
        self.node.stop();
        clean(self.plan, &self.directory);
    }
}
