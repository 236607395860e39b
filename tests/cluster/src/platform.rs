//! What the cluster offers to the services: DNS, AWS's webhook, SPIRE, metrics, KEDA, and pods that stand for the rest of
//! the cluster.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::ClusterError;
use crate::engines;
use crate::kubectl::Kubectl;
use crate::plan::{DATABASE_HOST, Plan};
use crate::wait::until;

const READY: Duration = Duration::from_mins(3);

/// Pods that listen: their namespace, name and port. The last three have no business with the services.
pub const LISTENERS: [(&str, &str, u16); 4] = [
    ("monitoring", "telemetry-collector", 4318),
    ("monitoring", "prometheus", 9090),
    ("monitoring", "stranger", 4318),
    ("elsewhere", "stranger", 8080),
];

/// The values that the manifests under `platform/` name as `@NAME@`.
pub(crate) struct Platform<'a> {
    kubectl: &'a Kubectl,
    values: BTreeMap<String, String>,
}

impl<'a> Platform<'a> {
    pub(crate) fn new(
        kubectl: &'a Kubectl,
        plan: Plan,
        directory: &Path,
        authority: &str,
        images: &BTreeMap<String, String>,
    ) -> Self {
        let hosts = plan.endpoints().map(|(name, address)| format!("{address} {name}"));
        let hosts = [&hosts[..], &[format!("{} {DATABASE_HOST}", plan.database())]].concat();
        let mut values = BTreeMap::from([
            ("VPC_HOSTS".to_owned(), hosts.join("\n            ")),
            ("DNS_ADDRESS".to_owned(), plan.dns().to_string()),
            ("NODE_ADDRESS".to_owned(), plan.node().to_string()),
            ("CLUSTER_AUTHORITY".to_owned(), base64(authority.as_bytes())),
            ("CLUSTER_NAME".to_owned(), plan.name()),
            ("TRUST_DOMAIN".to_owned(), stack::names::TRUST_DOMAIN.to_owned()),
            ("KUBELET_DIRECTORY".to_owned(), directory.join("kubelet").display().to_string()),
        ]);
        for (name, image) in images {
            values.insert(format!("{}_IMAGE", name.to_uppercase().replace('-', "_")), image.clone());
        }
        Self { kubectl, values }
    }

    /// Applies everything and waits until it is ready.
    pub(crate) fn start(&self) -> Result<(), ClusterError> {
        for file in ["pod-identity-webhook", "coredns", "spiffe-ids", "spire-server", "metrics-server"] {
            self.apply(file)?;
        }
        self.outsiders()?;
        self.scaling_definitions()?;
        let namespace = ["-n", "spire-system"];
        until("the bundle of the SPIRE server", READY, || {
            let arguments = [&["configmap", "spire-bundle"][..], &namespace].concat();
            let found = self.kubectl.get(&arguments).map_err(|error| error.to_string())?;
            let bundle = found.pointer("/data/bundle.pem").map(drop);
            bundle.ok_or_else(|| "no bundle yet".to_owned())
        })?;
        self.apply("spire-agent")?;
        for (namespace, workload) in [
            ("kube-system", "deployment/coredns"),
            ("spire-system", "daemonset/spire-agent"),
            ("spire-system", "daemonset/spiffe-csi-driver"),
        ] {
            self.kubectl.run(&["rollout", "status", "-n", namespace, workload, "--timeout=180s"])?;
        }
        Ok(())
    }

    /// KEDA's definitions and its namespace, which the overlay puts its account into.
    fn scaling_definitions(&self) -> Result<(), ClusterError> {
        let module = engines::module("keda", "github.com/kedacore/keda/v2")?;
        let folder = module.join("config/crd/bases").display().to_string();
        // They are too long for the annotation that client-side apply would leave.
        self.kubectl.run(&["apply", "--server-side", "-f", &folder])?;
        let established = ["wait", "--for=condition=established", "-f", &folder, "--timeout=60s"];
        self.kubectl.run(&established)?;
        self.kubectl.apply("{apiVersion: v1, kind: Namespace, metadata: {name: keda}}").map(drop)
    }

    /// Starts KEDA. After the overlay: the webhook gives a pod its token only when it knows the account.
    pub(crate) fn start_scaling(&mut self, aws_authority: &str) -> Result<(), ClusterError> {
        self.values.insert("AWS_AUTHORITY".to_owned(), base64(aws_authority.as_bytes()));
        self.apply("keda")?;
        for deployment in ["deployment/keda-operator", "deployment/keda-metrics-apiserver"] {
            self.kubectl.run(&["rollout", "status", "-n", "keda", deployment, "--timeout=180s"])?;
        }
        let available = "--for=condition=Available";
        let api = "apiservice/v1beta1.external.metrics.k8s.io";
        self.kubectl.run(&["wait", available, api, "--timeout=120s"]).map(drop)
    }

    fn outsiders(&self) -> Result<(), ClusterError> {
        let template = read("listener")?;
        let pods = LISTENERS.map(|(namespace, name, port)| {
            let text = template.replace("@NAMESPACE@", namespace).replace("@NAME@", name);
            text.replace("@PORT@", &port.to_string())
        });
        let text = read("outsiders")?.replace("@LISTENERS@", &pods.concat());
        self.kubectl.apply(&self.render(&text)?).map(drop)
    }

    /// Applies one file of `platform/`.
    pub(crate) fn apply(&self, file: &str) -> Result<(), ClusterError> {
        self.kubectl.apply(&self.render(&read(file)?)?).map(drop)
    }

    fn render(&self, text: &str) -> Result<String, ClusterError> {
        let mut text = text.to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("@{name}@"), value);
        }
        let left =
            text.split('@').nth(1).filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        match left {
            None => Ok(text),
            Some(name) => {
                Err(ClusterError::Answer { what: "platform".to_owned(), answer: format!("no value {name}") })
            }
        }
    }
}

fn read(name: &str) -> Result<String, ClusterError> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("platform").join(format!("{name}.yaml"));
    fs::read_to_string(&path).map_err(ClusterError::file("read", &path))
}

/// RFC 4648 §4, for the one field of Kubernetes that wants it.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
