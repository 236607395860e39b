//! Kyverno's admission controller, from the same module as in production, as a process on the node.
//!
//! In production it is a Deployment and the API server finds it by a Service; here it is found by address, which is what
//! its option `--serverIP` is for. Everything else is as `kubernetes/platform/kyverno-values.yaml` sets it: its service
//! account with that account's rights and no more, its configuration, its certificate, which it makes and renews itself.

use std::path::Path;
use std::time::Duration;

use crate::ClusterError;
use crate::authority::Authority;
use crate::engines::{self, Engines};
use crate::kubeconfig::kubeconfig;
use crate::kubectl::Kubectl;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::wait::until;

/// Its name on the machine.
pub(crate) const NAME: &str = "kyverno";
const NAMESPACE: &str = "kyverno";
/// The service account, as the chart calls it.
const ACCOUNT: &str = "kyverno-admission-controller";
const READY: Duration = Duration::from_mins(3);
/// Where it says how many policies it has read, and where it answers the API server.
const METRICS: u16 = 8080;
const PORT: u16 = 9443;
/// What keeps requests away from it, as a Service does from a pod that is not ready.
const GATE: &str = "kyverno-is-not-ready";
/// The webhook through which it looks at policies: it registers that one last.
const WEBHOOK: [&str; 2] = ["validatingwebhookconfiguration", "kyverno-policy-validating-webhook-cfg"];

/// Installs its definitions, starts it and waits until the API server asks it.
pub(crate) fn start(
    node: &mut Machine,
    engines: &Engines,
    authority: &Authority,
    plan: Plan,
    directory: &Path,
    kubectl: &Kubectl,
) -> Result<(), ClusterError> {
    install(kubectl)?;
    let server = format!("https://{}:6443", plan.node());
    let user = format!("system:serviceaccount:{NAMESPACE}:{ACCOUNT}");
    let config = kubeconfig(authority, &server, directory, &user, Some("system:serviceaccounts"))?;
    let mut words = environment();
    // The authority of the registry's certificate, and no other.
    words.push(format!("SSL_CERT_FILE={}", directory.join("cluster.crt").display()));
    words.push(engines.path(NAME)?.display().to_string());
    words.extend(flags(plan, &config).map(|(flag, value)| format!("--{flag}={value}")));
    node.spawn(NAME, "env", words)?;
    until("Kyverno's webhooks", READY, || {
        node.check().map_err(|error| error.to_string())?;
        kubectl.get(&WEBHOOK).map(drop).map_err(|error| error.to_string())
    })
}

/// Keeps requests away from it. It answers as soon as it listens, and admits what a policy refuses that it has not read
/// yet; in production its start-up probe keeps it out of its Service for that long.
pub(crate) fn close(node: &Machine) -> Result<(), ClusterError> {
    let rules = format!(
        "add table inet {GATE}; add chain inet {GATE} input {{ type filter hook input priority 0; }}; \
         add rule inet {GATE} input tcp dport {PORT} reject with tcp reset"
    );
    node.run("nft", [rules]).map(drop)
}

/// Lets requests through again if it has read every policy, and says whether it has.
pub(crate) fn open_when_ready(node: &Machine, kubectl: &Kubectl) -> Result<bool, ClusterError> {
    if node.run("nft", ["list", "table", "inet", GATE]).is_err() {
        return Ok(true);
    }
    let metrics =
        node.run("curl", ["-sS", "--max-time", "5", &format!("http://127.0.0.1:{METRICS}/metrics")]);
    let Ok(metrics) = metrics else { return Ok(false) };
    for (controller, kind) in
        [("validatingpolicy", "validatingpolicies"), ("imagevalidatingpolicy", "imagevalidatingpolicies")]
    {
        let Ok(policies) = kubectl.run(&["get", kind, "-o", "name"]) else { return Ok(false) };
        if read(&metrics, controller) < policies.lines().count() {
            return Ok(false);
        }
    }
    node.run("nft", ["delete", "table", "inet", GATE])?;
    Ok(true)
}

/// How often a controller of its has read a policy since it was started.
fn read(metrics: &str, controller: &str) -> usize {
    let begin =
        format!("controller_runtime_reconcile_total{{controller=\"{controller}\",result=\"success\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&begin)?.trim().parse().ok()).unwrap_or(0)
}

fn install(kubectl: &Kubectl) -> Result<(), ClusterError> {
    let definitions = engines::module("kyverno", "github.com/kyverno/kyverno")?.join("config/crds");
    for group in ["kyverno", "policies.kyverno.io", "policyreport", "reports"] {
        let folder = definitions.join(group).display().to_string();
        // They are too long for the annotation that client-side apply would leave.
        kubectl.run(&["apply", "--server-side", "-f", &folder])?;
    }
    kubectl.run(&["wait", "--for=condition=established", "crd", "--all", "--timeout=60s"])?;
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("platform/kyverno.yaml");
    kubectl.run(&["apply", "-f", &own.display().to_string()]).map(drop)
}

/// The variables that the chart gives to the pod.
fn environment() -> Vec<String> {
    [
        ("INIT_CONFIG", "kyverno"),
        ("METRICS_CONFIG", "kyverno-metrics"),
        ("KYVERNO_NAMESPACE", NAMESPACE),
        ("KYVERNO_POD_NAME", "kyverno-admission-controller-0"),
        ("KYVERNO_SERVICEACCOUNT_NAME", ACCOUNT),
        ("KYVERNO_ROLE_NAME", "kyverno:admission-controller"),
        ("KYVERNO_SVC", "kyverno-svc"),
        ("KYVERNO_DEPLOYMENT", ACCOUNT),
        ("TUF_ROOT", "/run/kyverno-tuf"),
    ]
    .map(|(name, value)| format!("{name}={value}"))
    .to_vec()
}

fn flags(plan: Plan, config: &Path) -> impl Iterator<Item = (&'static str, String)> {
    [
        ("serverIP", format!("{}:9443", plan.node())),
        ("kubeconfig", config.display().to_string()),
        ("caSecretName", "kyverno-svc.kyverno.svc.kyverno-tls-ca".into()),
        ("tlsSecretName", "kyverno-svc.kyverno.svc.kyverno-tls-pair".into()),
        ("servicePort", "443".into()),
        ("webhookServerPort", "9443".into()),
        (
            "backgroundServiceAccountName",
            "system:serviceaccount:kyverno:kyverno-background-controller".into(),
        ),
        ("reportsServiceAccountName", "system:serviceaccount:kyverno:kyverno-reports-controller".into()),
        ("enablePolicyException", "false".into()),
        ("protectManagedResources", "true".into()),
        ("admissionReports", "false".into()),
        ("loggingFormat", "json".into()),
        ("allowInsecureRegistry", "false".into()),
        ("controllerRuntimeMetricsAddress", format!(":{METRICS}")),
        ("otelConfig", "prometheus".into()),
        ("metricsPort", "8000".into()),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_has_read_is_counted_for_each_kind() {
        let metrics = "controller_runtime_reconcile_total{controller=\"imagevalidatingpolicy\",result=\"success\"} 1\n\
                       controller_runtime_reconcile_total{controller=\"validatingpolicy\",result=\"error\"} 9\n\
                       controller_runtime_reconcile_total{controller=\"validatingpolicy\",result=\"success\"} 4\n";
        assert_eq!(read(metrics, "validatingpolicy"), 4);
        assert_eq!(read(metrics, "imagevalidatingpolicy"), 1);
        assert_eq!(read(metrics, "mutatingpolicy"), 0);
    }
}
