//! What every test is given, and what most of them do.

use std::error::Error;
use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use cluster::{Cluster, Kubectl, until};
use serde_json::{Value, json};
use trust_map::repository;

/// A test's end.
pub(crate) type TestResult = Result<(), Box<dyn Error>>;

/// How long a change may take to show.
pub(crate) const SOON: Duration = Duration::from_secs(90);
/// The services' namespace.
pub(crate) const NAMESPACE: &str = "services";

/// The cluster under test.
pub(crate) struct Context {
    kubectl: Kubectl,
    /// None when somebody else provides it.
    cluster: Option<Cluster>,
    address: OnceLock<String>,
    api_key: OnceLock<String>,
    notes: Mutex<Vec<String>>,
}

/// A running pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) address: Ipv4Addr,
    /// A process of it, as this machine counts them.
    pub(crate) process: u32,
    pub(crate) object: Value,
}

impl Context {
    /// A cluster that we provide.
    pub(crate) fn new(cluster: Cluster) -> Self {
        let kubectl = cluster.kubectl().clone();
        Self { cluster: Some(cluster), ..Self::of_others(kubectl) }
    }

    /// A cluster of somebody else's, which there is kubectl for, and with `ADDRESS` and `API_KEY` the product.
    pub(crate) fn of_others(kubectl: Kubectl) -> Self {
        let given = |name| std::env::var(name).map_or_else(|_| OnceLock::new(), OnceLock::from);
        let (address, api_key) = (given("ADDRESS"), given("API_KEY"));
        Self { kubectl, cluster: None, address, api_key, notes: Mutex::default() }
    }

    /// The cluster that we provide.
    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("a cluster of our own: the test is not for those of others")
    }

    /// Keeps what a test counted, for the end of the run.
    pub(crate) fn note(&self, note: String) {
        self.notes.lock().expect("the notes").push(note);
    }

    /// What the tests counted.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().expect("the notes").clone()
    }

    /// Makes the accounts whose tokens the tests ask for, on a cluster that has nothing yet.
    pub(crate) fn prepare(&self) -> TestResult {
        let manifests = repository().join("kubernetes");
        self.kubectl().run(&["apply", "-k", &manifests.join("namespace").display().to_string()])?;
        let accounts = manifests.join("identity/service-accounts.yaml").display().to_string();
        self.kubectl().run(&["apply", "-f", &accounts])?;
        self.kubectl().apply("{apiVersion: v1, kind: Namespace, metadata: {name: elsewhere}}")?;
        // The controller manager makes it when it has seen the namespace.
        until("the namespace's default account", SOON, || {
            let account = ["serviceaccount", "default", "-n", NAMESPACE];
            self.kubectl().get(&account).map(drop).map_err(|error| error.to_string())
        })?;
        Ok(())
    }

    /// Where the product is.
    pub(crate) fn address(&self) -> &str {
        self.address.get_or_init(|| {
            let service =
                self.kubectl().get(&["service", "url-service", "-n", NAMESPACE]).expect("the service");
            format!("https://{}:8080", service["spec"]["clusterIP"].as_str().expect("an address"))
        })
    }

    /// The first API key.
    pub(crate) fn api_key(&self) -> &str {
        self.api_key
            .get_or_init(|| self.cluster().secret("zero-trust-eks/first-api-key").expect("the API key"))
    }

    pub(crate) fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// The running pods that have this name as their label.
    pub(crate) fn pods(&self, namespace: &str, label: &str) -> Vec<Pod> {
        let selector = format!("app.kubernetes.io/name={label}");
        let list = self.kubectl().get(&["pods", "-n", namespace, "-l", &selector]).expect("pods");
        let items = list["items"].as_array().expect("a list").iter();
        let running = items.filter(|pod| {
            // A pod of the services' namespace that nothing owns is one that a test has made.
            let owned = namespace != NAMESPACE || pod["metadata"]["ownerReferences"].is_array();
            let stays = pod["metadata"]["deletionTimestamp"].is_null();
            owned && stays && pod["status"]["phase"] == "Running"
        });
        running.filter_map(pod).collect()
    }

    /// One of them.
    pub(crate) fn pod(&self, namespace: &str, label: &str) -> Pod {
        self.pods(namespace, label).into_iter().next().unwrap_or_else(|| panic!("no pod {label}"))
    }

    /// Starts a pod and waits until it has an address, and until its init containers, if it has any, have ended.
    pub(crate) fn start_pod(&self, manifest: &Value) -> Result<Pod, Box<dyn Error>> {
        let (name, namespace) = names(manifest);
        let at_once = manifest["spec"]["initContainers"].is_null();
        self.kubectl().apply(&manifest.to_string())?;
        let found = until(&format!("pod {name}"), SOON, || {
            let object =
                self.kubectl().get(&["pod", &name, "-n", &namespace]).map_err(|error| error.to_string())?;
            let started = at_once || object["status"]["phase"] == "Running";
            pod(&object).filter(|_| started).ok_or_else(|| object["status"].to_string())
        })?;
        Ok(found)
    }

    pub(crate) fn delete_pod(&self, manifest: &Value) {
        let (name, namespace) = names(manifest);
        let _ =
            self.kubectl().run(&["delete", "pod", &name, "-n", &namespace, "--force", "--grace-period=0"]);
    }

    /// The first sample of a pod's metrics that `wanted` says yes to
    /// (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    pub(crate) fn metric(
        &self,
        pod: &Pod,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<f64>, Box<dyn Error>> {
        let mut command = self.cluster().on_node("curl");
        let (_, metrics) = answer(command.arg(format!("http://{}:9090/metrics", pod.address)))?;
        let line = metrics.lines().find(|line| wanted(line));
        Ok(line.and_then(|line| line.rsplit(' ').next()?.parse().ok()))
    }

    /// Sends a request with curl from this machine and returns status and body. As an ALB does, it encrypts and looks at
    /// no name in the certificate
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>).
    pub(crate) fn curl(arguments: &[&str]) -> Result<(u16, String), Box<dyn Error>> {
        answer(Command::new("curl").args(arguments).arg("--insecure"))
    }
}

/// Runs curl and returns status and body.
pub(crate) fn answer(command: &mut Command) -> Result<(u16, String), Box<dyn Error>> {
    let output = command.args(["-sS", "--max-time", "20", "-w", "\n%{http_code}"]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let (body, status) = text.rsplit_once('\n').ok_or("curl printed nothing")?;
    let status = status.parse()?;
    if status == 0 {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok((status, body.to_owned()))
}

/// A pod that runs `image` with these arguments, as the rules of the namespace demand it.
pub(crate) fn manifest(
    namespace: &str,
    name: &str,
    label: &str,
    account: &str,
    image: &str,
    arguments: &[&str],
) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name, "namespace": namespace, "labels": { "app.kubernetes.io/name": label } },
        "spec": {
            "serviceAccountName": account,
            "automountServiceAccountToken": false,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "containers": [{
                "name": "main",
                "image": image,
                "args": arguments,
                "resources": { "requests": { "cpu": "1m", "memory": "16Mi" }, "limits": { "cpu": "200m", "memory": "64Mi" } },
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "readOnlyRootFilesystem": true,
                    "capabilities": { "drop": ["ALL"] },
                },
            }],
        },
    })
}

fn names(manifest: &Value) -> (String, String) {
    let text = |field: &str| manifest["metadata"][field].as_str().expect("a name").to_owned();
    (text("name"), text("namespace"))
}

fn pod(object: &Value) -> Option<Pod> {
    let address = object["status"]["podIP"].as_str()?.parse().ok()?;
    let name = object["metadata"]["name"].as_str()?.to_owned();
    let process = process(object["metadata"]["uid"].as_str()?)?;
    Some(Pod { name, address, process, object: object.clone() })
}

/// The newest process whose control group is the pod's: its program, or what holds its namespaces open.
fn process(uid: &str) -> Option<u32> {
    let group = format!("pod{uid}");
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let own = processes.filter(|process| {
        let groups = fs::read_to_string(format!("/proc/{process}/cgroup"));
        groups.is_ok_and(|groups| groups.contains(&group))
    });
    own.max()
}
