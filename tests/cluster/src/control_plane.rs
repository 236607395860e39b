//! The control plane: etcd, API server, controller manager, scheduler, and the webhook that EKS runs beside them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::ClusterError;
use crate::authority::{Authority, token_signing_key, write};
use crate::engines::Engines;
use crate::kubeconfig::kubeconfig;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::wait::until;

/// A few seconds are usual; a machine that does other work at the same time takes longer.
const READY: Duration = Duration::from_mins(5);

/// A running control plane.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    /// The administrator's kubeconfig.
    pub(crate) administrator: PathBuf,
}

struct Start<'a> {
    node: &'a mut Machine,
    engines: &'a Engines,
    authority: &'a Authority,
    plan: Plan,
    directory: &'a Path,
    server: String,
}

/// Starts it on `node` and waits until the API server is ready.
pub(crate) fn start(
    node: &mut Machine,
    engines: &Engines,
    authority: &Authority,
    plan: Plan,
    directory: &Path,
) -> Result<ControlPlane, ClusterError> {
    let server = format!("https://{}:6443", plan.node());
    let mut start = Start { node, engines, authority, plan, directory, server };
    start.etcd()?;
    start.api_server()?;
    let administrator = start.kubeconfig("administrator", Some("system:masters"))?;
    start.wait_ready(&administrator)?;
    start.controller_manager()?;
    start.scheduler()?;
    Ok(ControlPlane { administrator })
}

/// Starts AWS's own webhook, which EKS runs outside the cluster too: it adds the projected token to pods whose service
/// account names a role.
pub(crate) fn start_webhook(
    node: &mut Machine,
    engines: &Engines,
    authority: &Authority,
    plan: Plan,
    directory: &Path,
) -> Result<(), ClusterError> {
    let server = format!("https://{}:6443", plan.node());
    Start { node, engines, authority, plan, directory, server }.pod_identity_webhook()
}

impl Start<'_> {
    fn kubeconfig(&self, name: &str, group: Option<&str>) -> Result<PathBuf, ClusterError> {
        kubeconfig(self.authority, &self.server, self.directory, name, group)
    }

    fn file(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    fn spawn(&mut self, name: &str, flags: &[(&str, String)]) -> Result<(), ClusterError> {
        let program = self.engines.path(name)?.to_owned();
        self.node.spawn(name, program, flags.iter().map(|(flag, value)| format!("--{flag}={value}")))
    }

    fn etcd(&mut self) -> Result<(), ClusterError> {
        let loopback = "127.0.0.1".to_owned();
        self.authority.server("etcd", &[loopback])?;
        self.spawn(
            "etcd",
            &[
                ("data-dir", self.file("etcd")),
                ("listen-client-urls", "https://127.0.0.1:2379".into()),
                ("advertise-client-urls", "https://127.0.0.1:2379".into()),
                ("listen-peer-urls", "http://127.0.0.1:2380".into()),
                ("cert-file", self.file("etcd.crt")),
                ("key-file", self.file("etcd.key")),
                ("trusted-ca-file", self.file("cluster.crt")),
                ("client-cert-auth", "true".into()),
                // The data goes with the run: waiting for the disk would gain nothing.
                ("unsafe-no-fsync", "true".into()),
            ],
        )
    }

    fn api_server(&mut self) -> Result<(), ClusterError> {
        let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(str::to_owned);
        let addresses = [self.plan.node().to_string(), self.plan.api_service().to_string()];
        self.authority.server("kube-apiserver", &[&names[..], &addresses[..]].concat())?;
        self.authority.client("front-proxy", None)?;
        token_signing_key(self.directory)?;
        write(&self.directory.join("audit-policy.json"), &audit_policy().to_string(), 0o600)?;
        let issuer = self.plan.issuer();
        self.spawn(
            "kube-apiserver",
            &[
                ("advertise-address", self.plan.node().to_string()),
                ("allow-privileged", "true".into()),
                ("anonymous-auth", "false".into()),
                ("audit-log-path", self.file("logs/audit.log")),
                ("audit-policy-file", self.file("audit-policy.json")),
                ("authorization-mode", "Node,RBAC".into()),
                ("client-ca-file", self.file("cluster.crt")),
                ("enable-admission-plugins", "NodeRestriction".into()),
                ("etcd-servers", "https://127.0.0.1:2379".into()),
                ("etcd-cafile", self.file("cluster.crt")),
                ("etcd-certfile", self.file("kube-apiserver.crt")),
                ("etcd-keyfile", self.file("kube-apiserver.key")),
                ("kubelet-certificate-authority", self.file("cluster.crt")),
                ("kubelet-client-certificate", self.file("administrator.crt")),
                ("kubelet-client-key", self.file("administrator.key")),
                ("kubelet-preferred-address-types", "InternalIP".into()),
                ("proxy-client-cert-file", self.file("front-proxy.crt")),
                ("proxy-client-key-file", self.file("front-proxy.key")),
                ("requestheader-allowed-names", "front-proxy".into()),
                ("requestheader-client-ca-file", self.file("cluster.crt")),
                ("requestheader-extra-headers-prefix", "X-Remote-Extra-".into()),
                ("requestheader-group-headers", "X-Remote-Group".into()),
                ("requestheader-username-headers", "X-Remote-User".into()),
                ("service-account-issuer", issuer.clone()),
                ("service-account-jwks-uri", format!("{issuer}/keys")),
                ("service-account-key-file", self.file("tokens.pub")),
                ("service-account-signing-key-file", self.file("tokens.key")),
                ("service-cluster-ip-range", self.plan.services()),
                ("tls-cert-file", self.file("kube-apiserver.crt")),
                ("tls-private-key-file", self.file("kube-apiserver.key")),
            ],
        )
    }

    fn controller_manager(&mut self) -> Result<(), ClusterError> {
        let name = "system:kube-controller-manager";
        let config = self.kubeconfig(name, None)?;
        self.spawn(
            "kube-controller-manager",
            &[
                ("allocate-node-cidrs", "true".into()),
                ("cluster-cidr", self.plan.pods()),
                ("node-cidr-mask-size", "24".into()),
                ("kubeconfig", config.display().to_string()),
                ("leader-elect", "false".into()),
                ("root-ca-file", self.file("cluster.crt")),
                ("service-account-private-key-file", self.file("tokens.key")),
                ("service-cluster-ip-range", self.plan.services()),
                ("use-service-account-credentials", "true".into()),
                // As quick as a test wants to see a scale-up; production's default is 15 s.
                ("horizontal-pod-autoscaler-sync-period", "5s".into()),
            ],
        )
    }

    fn scheduler(&mut self) -> Result<(), ClusterError> {
        let config = self.kubeconfig("system:kube-scheduler", None)?;
        let flags = [("kubeconfig", config.display().to_string()), ("leader-elect", "false".into())];
        self.spawn("kube-scheduler", &flags)
    }

    fn pod_identity_webhook(&mut self) -> Result<(), ClusterError> {
        self.authority.server("pod-identity-webhook", &[self.plan.node().to_string()])?;
        // Not the name of the serving certificate above, whose files it would take.
        let config = self.kubeconfig("eks:pod-identity-webhook", Some("system:masters"))?;
        self.spawn(
            "pod-identity-webhook",
            &[
                ("in-cluster", "false".into()),
                ("kubeconfig", config.display().to_string()),
                ("port", "9444".into()),
                ("metrics-port", "9445".into()),
                ("tls-cert", self.file("pod-identity-webhook.crt")),
                ("tls-key", self.file("pod-identity-webhook.key")),
                ("aws-default-region", stack::names::REGION.into()),
                // A pod that is made right after its account must not start without its token.
                ("service-account-lookup-grace-period", "2s".into()),
            ],
        )
    }

    fn wait_ready(&mut self, administrator: &Path) -> Result<(), ClusterError> {
        let kubectl = self.engines.path("kubectl")?;
        until("the API server's readiness", READY, || {
            self.node.check().map_err(|error| error.to_string())?;
            let arguments =
                ["--kubeconfig".as_ref(), administrator.as_os_str(), "get".as_ref(), "--raw".as_ref()];
            let arguments = arguments.into_iter().chain(["/readyz".as_ref()]);
            self.node.run(kubectl, arguments).map(drop).map_err(|error| error.to_string())
        })
    }
}

/// Who asked for which change, without its content, as EKS logs it
/// (<https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/>).
fn audit_policy() -> Value {
    json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            { "level": "None", "verbs": ["get", "list", "watch"] },
            { "level": "None", "resources": [{ "group": "coordination.k8s.io", "resources": ["leases"] }] },
            { "level": "Metadata" },
        ],
    })
}
