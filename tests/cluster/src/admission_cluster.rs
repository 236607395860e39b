//! A control plane with the engines that decide about admission: the API server's own policies, AWS's webhook and
//! Kyverno. It has no node, so that pods stay pending, and no AWS side.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use stack::Progress;
use time::OffsetDateTime;

use crate::authority::{Authority, Identity};
use crate::cluster::{BASE, clean, take_over};
use crate::engines::Engines;
use crate::kubectl::Kubectl;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::platform::Platform;
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
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::Kyverno => kyverno::NAME,
            Self::PodIdentityWebhook => "pod-identity-webhook",
        }
    }
}

/// A running control plane with its engines. It ends when dropped, and also when this process is killed.
#[derive(Debug)]
pub struct AdmissionCluster {
    plan: Plan,
    directory: PathBuf,
    kubectl: Kubectl,
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
        let control = control_plane::start(&mut node, &engines, &authority, plan, &directory)?;
        let kubectl = Kubectl::new(engines.path("kubectl")?, &control.administrator);
        control_plane::start_webhook(&mut node, &engines, &authority, plan, &directory)?;
        Platform::new(&kubectl, plan, &directory, authority.certificate(), &BTreeMap::new())
            .apply("pod-identity-webhook")?;
        step.done(&format!("https://{}:6443", plan.node()));

        let step = progress.begin("Kyverno");
        kyverno::start(&mut node, &engines, &authority, plan, &directory, &kubectl)?;
        step.done("its webhooks are registered");
        Ok(Self { plan, directory, kubectl, node, _owner: owner })
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

    /// Tells a program to end, as a rollout does, and waits until it has.
    ///
    /// # Errors
    ///
    /// When it does not end.
    pub fn stop(&mut self, program: Program) -> Result<(), ClusterError> {
        self.node.end(program.name())
    }

    /// Starts a program again that has ended.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_again(&mut self, program: Program) -> Result<(), ClusterError> {
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

    /// Brings every program back that a test took away and, having failed, did not give back.
    ///
    /// # Errors
    ///
    /// When one cannot be started.
    pub fn revive(&mut self) -> Result<(), ClusterError> {
        for program in [Program::ApiServer, Program::Kyverno, Program::PodIdentityWebhook] {
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

impl Drop for AdmissionCluster {
    fn drop(&mut self) {
        self.node.stop();
        clean(self.plan, &self.directory);
    }
}
