//! The node: container runtime, kubelet, service proxy and policy engine.

mod settings;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::ClusterError;
use crate::authority::{Authority, write};
use crate::engines::Engines;
use crate::kubeconfig::kubeconfig;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::wait::until;

/// What the parts of the node need to know.
pub(crate) struct Node<'a> {
    pub(crate) machine: &'a mut Machine,
    pub(crate) engines: &'a Engines,
    pub(crate) authority: &'a Authority,
    pub(crate) plan: Plan,
    pub(crate) directory: &'a Path,
    /// The image that holds a pod's namespaces open.
    pub(crate) pause_image: &'a str,
}

impl Node<'_> {
    /// Starts everything; pods run when the policy engine, the last of them, does.
    pub(crate) fn start(&mut self) -> Result<(), ClusterError> {
        // What the network plugin remembers must not outlive the network.
        fs::create_dir_all("/var/lib/cni").map_err(ClusterError::file("make", "/var/lib/cni"))?;
        self.machine.run("mount", ["-t", "tmpfs", "tmpfs", "/var/lib/cni"])?;
        self.containerd()?;
        self.kubelet()?;
        self.kube_proxy()?;
        self.wait_registered()?;
        self.kube_router()
    }

    /// The policy engine closes the addresses that the node may give to pods, and has to know them when it starts.
    fn wait_registered(&mut self) -> Result<(), ClusterError> {
        let kubectl = self.engines.path("kubectl")?;
        let (config, name) = (self.file("administrator.kubeconfig"), self.plan.node().to_string());
        let config = format!("--kubeconfig={}", config.display());
        until("the node's registration", Duration::from_mins(2), || {
            self.machine.check().map_err(|error| error.to_string())?;
            let arguments = [&config, "get", "node", &name, "-o", "jsonpath={.spec.podCIDR}"];
            let found = self.machine.run(kubectl, arguments).map_err(|error| error.to_string())?;
            if found.is_empty() { Err("no network for pods yet".to_owned()) } else { Ok(()) }
        })
    }

    fn containerd(&mut self) -> Result<(), ClusterError> {
        let hosts = self.file("registries").join(crate::plan::REGISTRY).join("hosts.toml");
        self.write(&hosts, &settings::registry_hosts(self.plan))?;
        let network = self.file("cni").join("10-pods.conflist");
        self.write(&network, &settings::pod_network(self.plan))?;
        let config = self.file("containerd.toml");
        self.write(&config, &settings::containerd(self.directory, self.pause_image))?;
        let program = self.engines.path("containerd")?.to_owned();
        self.machine.spawn("containerd", program, ["--config".into(), config.into_os_string()])?;
        until("the container runtime", Duration::from_secs(30), || {
            self.machine.check().map_err(|error| error.to_string())?;
            let socket = settings::CONTAINERD_SOCKET;
            self.machine.run("test", ["-S", socket]).map(drop).map_err(|error| error.to_string())
        })
    }

    fn kubelet(&mut self) -> Result<(), ClusterError> {
        let name = self.plan.node().to_string();
        self.authority.server("kubelet", std::slice::from_ref(&name))?;
        let config = self.kubeconfig(&format!("system:node:{name}"), Some("system:nodes"))?;
        let file = self.file("kubelet.yaml");
        self.write(&file, &settings::kubelet(self.plan, self.directory))?;
        let flags = [
            format!("--config={}", file.display()),
            format!("--kubeconfig={}", config.display()),
            format!("--hostname-override={name}"),
            format!("--node-ip={name}"),
            format!("--root-dir={}", self.file("kubelet").display()),
            "--node-labels=topology.kubernetes.io/zone=eu-central-1a".to_owned(),
        ];
        let program = self.engines.path("kubelet")?.to_owned();
        self.machine.spawn("kubelet", program, flags)
    }

    fn kube_proxy(&mut self) -> Result<(), ClusterError> {
        let config = self.kubeconfig("system:kube-proxy", None)?;
        let file = self.file("kube-proxy.yaml");
        self.write(&file, &settings::kube_proxy(self.plan, &config))?;
        let program = self.engines.path("kube-proxy")?.to_owned();
        self.machine.spawn("kube-proxy", program, [format!("--config={}", file.display())])
    }

    /// Stands in for the policy agent of the VPC CNI, in what that calls its strict mode: a pod has no network before
    /// its policies are in force (<https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html>).
    fn kube_router(&mut self) -> Result<(), ClusterError> {
        let config = self.kubeconfig("kube-router", Some("system:masters"))?;
        let flags = [
            format!("--kubeconfig={}", config.display()),
            format!("--hostname-override={}", self.plan.node()),
            format!("--service-cluster-ip-range={}", self.plan.services()),
            "--run-firewall=true".to_owned(),
            "--netpol-default-deny=true".to_owned(),
            "--run-router=false".to_owned(),
            "--run-service-proxy=false".to_owned(),
            "--enable-cni=false".to_owned(),
            "--health-port=0".to_owned(),
        ];
        let program = self.engines.path("kube-router")?.to_owned();
        self.machine.spawn("kube-router", program, flags)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), ClusterError> {
        let parent = path.parent().unwrap_or(self.directory);
        fs::create_dir_all(parent).map_err(ClusterError::file("make", parent))?;
        write(path, text, 0o600)
    }

    fn kubeconfig(&self, name: &str, group: Option<&str>) -> Result<PathBuf, ClusterError> {
        let server = format!("https://{}:6443", self.plan.node());
        kubeconfig(self.authority, &server, self.directory, name, group)
    }
}
