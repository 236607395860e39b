//! The system on a cluster: the values of the overlay, the manifests, the registrations, and the wait.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::ClusterError;
use crate::kubectl::Kubectl;
use crate::machine::run;
use crate::wait::until;

const READY: Duration = Duration::from_mins(4);
const NAMESPACE: &str = "services";
/// The SPIRE server's own program, inside its pod.
const SPIRE_SERVER: [&str; 6] = ["exec", "-n", "spire-server", "spire-server-0", "--", "/spire-server"];
const SOCKET: [&str; 2] = ["-socketPath", "/run/spire/private/api.sock"];

/// What an overlay is given for one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// One line for each value of `account-values.env`.
    pub(crate) account: BTreeMap<String, String>,
    /// The database's authority, in PEM.
    pub(crate) database_authority: String,
    /// The endpoints' authority, in PEM.
    pub(crate) aws_authority: String,
}

/// Copies the manifests to `directory` and writes the values of the overlay `local`; returns the overlay's path.
pub(crate) fn overlay(directory: &Path, values: &Values) -> Result<PathBuf, ClusterError> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kubernetes");
    let target = directory.join("kubernetes");
    run(Command::new("cp").arg("-rT").arg(&source).arg(&target))?;
    let overlay = target.join("overlays/local");
    let generated = overlay.join("generated");
    fs::create_dir_all(&generated).map_err(ClusterError::file("make", &generated))?;
    let lines: Vec<_> = values.account.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for (name, text) in [
        ("account-values.env", &lines.join("\n")),
        ("database-ca.pem", &values.database_authority),
        ("aws-ca.pem", &values.aws_authority),
    ] {
        let path = generated.join(name);
        fs::write(&path, text).map_err(ClusterError::file("write", &path))?;
    }
    Ok(overlay)
}

/// Applies an overlay as `docs/deploy.md` says, and waits until the system is ready.
///
/// # Errors
///
/// When the API server refuses an object, the migrations fail, or a service does not become ready in time.
pub fn deploy(kubectl: &Kubectl, overlay: &Path) -> Result<(), ClusterError> {
    apply(kubectl, overlay)?;
    wait(kubectl)
}

pub(crate) fn apply(kubectl: &Kubectl, overlay: &Path) -> Result<(), ClusterError> {
    // A Job cannot be changed, only replaced.
    kubectl.run(&["delete", "job", "migrate", "-n", NAMESPACE, "--ignore-not-found"])?;
    // The webhook must know the accounts before it sees the pods: it says so itself.
    kubectl.run(&["apply", "-k", &overlay.display().to_string()]).map(drop)
}

pub(crate) fn wait(kubectl: &Kubectl) -> Result<(), ClusterError> {
    until("the end of the migrations", READY, || {
        let job = kubectl.get(&["job", "migrate", "-n", NAMESPACE]).map_err(|error| error.to_string())?;
        let done = job.pointer("/status/succeeded").and_then(Value::as_u64) == Some(1);
        if done { Ok(()) } else { Err(job.pointer("/status").map(Value::to_string).unwrap_or_default()) }
    })?;
    for service in ["deployment/url-service", "deployment/worker"] {
        kubectl.run(&["rollout", "status", "-n", NAMESPACE, service, "--timeout=240s"])?;
    }
    Ok(())
}

/// Registers what the `ClusterSPIFFEID` objects say, as spire-controller-manager would.
pub(crate) fn register(kubectl: &Kubectl, cluster: &str) -> Result<(), ClusterError> {
    let objects = kubectl.get(&["clusterspiffeids"])?;
    let objects = objects.pointer("/items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut parent = None;
    for object in &objects {
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text("/spec/spiffeIDTemplate");
        let domain = id.split('/').nth(2).unwrap_or_default();
        let agents = format!("spiffe://{domain}/agents/{cluster}");
        if parent.is_none() {
            let selector = format!("k8s_psat:cluster:{cluster}");
            create(kubectl, &["-node", "-spiffeID", &agents, "-selector", &selector])?;
            parent = Some(agents.clone());
        }
        let seconds = text("/spec/ttl").trim_end_matches('h').parse::<u32>().unwrap_or(1) * 3600;
        let seconds = seconds.to_string();
        let selectors = object.pointer("/spec/workloadSelectorTemplates").and_then(Value::as_array);
        let selectors = selectors.into_iter().flatten().filter_map(Value::as_str);
        let selectors = selectors.flat_map(|selector| ["-selector", selector]).collect::<Vec<_>>();
        let entry = ["-parentID", &agents, "-spiffeID", &id, "-x509SVIDTTL", &seconds];
        create(kubectl, &[&entry[..], &selectors].concat())?;
    }
    Ok(())
}

/// Runs a command of the SPIRE server's own program, and returns what it printed.
///
/// # Errors
///
/// When it fails; what it said is in the error.
pub fn spire_server(kubectl: &Kubectl, command: &[&str], arguments: &[&str]) -> Result<String, ClusterError> {
    kubectl.run(&[&SPIRE_SERVER[..], command, &SOCKET, arguments].concat())
}

fn create(kubectl: &Kubectl, arguments: &[&str]) -> Result<(), ClusterError> {
    match spire_server(kubectl, &["entry", "create"], arguments) {
        Err(ClusterError::Command { output, .. }) if output.contains("AlreadyExists") => Ok(()),
        other => other.map(drop),
    }
}
