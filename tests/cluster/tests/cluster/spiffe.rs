//! SPIRE's SVIDs: who gets one, and who is let in with one.

use std::process::Command;
use std::time::Duration;

use cluster::until;
use serde_json::json;

use crate::context::{Context, NAMESPACE, TestResult, manifest};

/// What the internal listener shows to whoever connects.
pub(crate) fn the_listener_proves_its_svid(context: &Context) -> TestResult {
    let pod = context.pod(NAMESPACE, "url-service");
    let connect = format!("{}:8443", pod.address);
    let mut command = context.cluster.on_node("openssl");
    command
        .args(["s_client", "-connect", &connect, "-showcerts", "-tls1_3"])
        .stdin(std::process::Stdio::null());
    let output = command.output()?;
    let certificate = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = context.cluster.directory().join("listener.pem");
    std::fs::write(&path, certificate)?;
    let text = Command::new("openssl")
        .args(["x509", "-noout", "-ext", "subjectAltName", "-in"])
        .arg(&path)
        .output()?;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let id = format!("URI:spiffe://{}/ns/{NAMESPACE}/sa/url-service", stack::names::TRUST_DOMAIN);
    assert!(text.contains(&id), "{text}");
    Ok(())
}

pub(crate) fn only_the_registered_pod_gets_an_svid(context: &Context) -> TestResult {
    let kubectl = context.kubectl();
    kubectl
        .apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker, namespace: elsewhere}}")?;
    let cases = [
        ("registered", NAMESPACE, "worker", "worker", true),
        ("another-account", NAMESPACE, "worker", "default", false),
        ("another-label", NAMESPACE, "rogue", "worker", false),
        ("another-namespace", "elsewhere", "worker", "worker", false),
    ];
    for (name, namespace, label, account, expected) in cases {
        let got = fetch(context, name, namespace, label, account)?;
        let id = format!("spiffe://{}/ns/{NAMESPACE}/sa/worker", stack::names::TRUST_DOMAIN);
        assert_eq!(got.contains(&id), expected, "{name}: {got}");
        assert_eq!(got.contains("no identity issued"), !expected, "{name}: {got}");
    }
    kubectl.run(&["delete", "serviceaccount", "worker", "-n", "elsewhere"])?;
    Ok(())
}

/// What the Workload API says to a pod.
fn fetch(
    context: &Context,
    name: &str,
    namespace: &str,
    label: &str,
    account: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let image = context.cluster.image("spire-agent").ok_or("no image")?;
    let arguments =
        ["api", "fetch", "x509", "-socketPath", "/spiffe-workload-api/spire-agent.sock", "-timeout", "10s"];
    let mut manifest = manifest(namespace, name, label, account, image, &arguments);
    manifest["spec"]["volumes"] =
        json!([{ "name": "spiffe", "csi": { "driver": "csi.spiffe.io", "readOnly": true } }]);
    manifest["spec"]["containers"][0]["volumeMounts"] =
        json!([{ "name": "spiffe", "mountPath": "/spiffe-workload-api", "readOnly": true }]);
    let kubectl = context.kubectl();
    kubectl.apply(&manifest.to_string())?;
    let ended = until(&format!("the end of {name}"), Duration::from_secs(60), || {
        let pod = kubectl.get(&["pod", name, "-n", namespace]).map_err(|error| error.to_string())?;
        let phase = pod["status"]["phase"].as_str().unwrap_or_default().to_owned();
        if ["Succeeded", "Failed"].contains(&phase.as_str()) {
            Ok(())
        } else {
            Err(pod["status"].to_string())
        }
    });
    let said = kubectl.run(&["logs", name, "-n", namespace]).unwrap_or_default();
    context.delete_pod(&manifest);
    ended?;
    Ok(said)
}
